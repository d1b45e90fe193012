! api: the module cprof.f90.
program main
    use cprof
    implicit none
    type(cprof_profile) :: profile
    integer :: status, i, total
    total = 0
    call profile%create()
    status = profile%enable()
    do i = 1, 5
        total = total + leaf(i)
    end do
    print *, 'enable', status, 'disable', profile%disable()
    print *, 'again', profile%disable()
    status = profile%print_stats('ncalls')
    print *, 'print', status
    print *, 'dump', profile%dump_stats('fortran.prof')
    call handle(3)
    call handle(4)
    call block(profile)
    call profile%free()
contains
    integer function leaf(n)
        integer, intent(in) :: n
        leaf = n * 2
    end function leaf
    subroutine handle(n)
        integer, intent(in) :: n
        type(cprof_scope) :: scope
        integer :: k
        call scope%do_profile('./profiles', 'handle')
        do k = 1, n
            total = total + leaf(k)
        end do
        if (n == 4) return
        total = total + leaf(k)
    end subroutine handle
    subroutine block(p)
        type(cprof_profile), intent(in) :: p
        type(cprof_scope) :: scope
        integer :: s
        s = p%clear()
        call scope%begin(p)
        total = total + leaf(8)
        call scope%end()
        print *, 'block', p%dump_stats('fblock.prof')
    end subroutine block
end program main
