! The same for Fortran: see sym_c.c.
module shapes
contains
  function area(r) result(a) ! :area:
    real, intent(in) :: r
    real :: a
    a = 3.0 * r * r
  end function
end module

program main
  use shapes
  real :: total
  integer :: i
  total = 0
  do i = 1, 5
    total = total + area(real(i))
  end do
  call show(total)
contains
  subroutine show(x) ! :show:
    real, intent(in) :: x
    if (x < 0) print *, x
  end subroutine
end program
