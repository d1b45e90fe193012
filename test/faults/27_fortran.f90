module shapes ! names as gfortran makes them up
contains
  subroutine area(r) ! :area:
    real, intent(inout) :: r
    r = r * r
    call inner()
  contains
    subroutine inner() ! :inner:
      r = r + 1
    end subroutine
  end subroutine
end module

subroutine outside(r) ! :outside:
  real, intent(inout) :: r
  r = r - 1
end subroutine

program circle ! :main:
  use shapes
  real :: total
  integer :: i
  total = 1
  do i = 1, 5
    call area(total)
    call outside(total)
    call last()
  end do
contains
  subroutine last() ! :last:
    if (total > 100) total = 1
  end subroutine
end program
