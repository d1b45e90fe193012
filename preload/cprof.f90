! cprof.f90 - the profiles of cprof.h for Fortran: to be compiled with the program.
!
!     use cprof
!     type(cprof_profile) :: profile
!     call profile%create()
!     status = profile%enable()
!     call work()
!     status = profile%disable()
!     status = profile%print_stats('tottime')
!     status = profile%dump_stats('work.prof')
!
!     subroutine handle(request)
!         type(cprof_scope) :: scope
!         call scope%do_profile('./profiles', 'handle')   ! at the top; writes ./profiles/handle.prof
!
! Nothing is linked: where libcprof.so is not loaded, the functions do nothing and return
! CPROF_ABSENT. A scope ends when its variable does, that is, when the procedure returns.
module cprof
    use, intrinsic :: iso_c_binding
    implicit none
    private

    integer, parameter, public :: CPROF_OK = 0, CPROF_ABSENT = 1, CPROF_BUSY = 2, &
        CPROF_INACTIVE = 3, CPROF_FAILED = 4

    ! struct cprof_api of cprof.h.
    type, bind(c) :: api_table
        integer(c_size_t) :: size
        type(c_funptr) :: create, free, enable, disable, clear, dump_stats, print_stats, &
            begin_scope, end_scope, find_frame
    end type api_table

    ! struct cprof_scope and struct cprof_function of cprof.h.
    type, bind(c) :: scope_record
        type(c_ptr) :: profile = c_null_ptr
        integer(c_long) :: serial = 0
    end type scope_record

    type, bind(c) :: function_record
        type(c_ptr) :: folder = c_null_ptr
        type(c_ptr) :: name = c_null_ptr
        type(c_ptr) :: state = c_null_ptr
    end type function_record

    ! One for each function, for ever.
    type :: known_function
        type(function_record) :: record
        character(kind=c_char), allocatable :: folder(:), name(:)
        type(known_function), pointer :: next => null()
    end type known_function

    type(known_function), pointer :: functions => null()

    type, public :: cprof_profile
        private
        type(c_ptr) :: handle = c_null_ptr
    contains
        procedure :: create => profile_create
        procedure :: free => profile_free
        procedure :: enable => profile_enable
        procedure :: disable => profile_disable
        procedure :: create_stats => profile_create_stats
        procedure :: clear => profile_clear
        procedure :: dump_stats => profile_dump_stats
        procedure :: print_stats => profile_print_stats
    end type cprof_profile

    type, public :: cprof_scope
        private
        type(scope_record) :: record
    contains
        procedure :: begin => scope_begin
        procedure :: do_profile => scope_do_profile
        procedure :: end => scope_end
        final :: scope_finish
    end type cprof_scope

    abstract interface
        function create_function() bind(c) result(profile)
            import :: c_ptr
            type(c_ptr) :: profile
        end function create_function
        subroutine free_function(profile) bind(c)
            import :: c_ptr
            type(c_ptr), value :: profile
        end subroutine free_function
        function status_function(profile) bind(c) result(status)
            import :: c_ptr, c_int
            type(c_ptr), value :: profile
            integer(c_int) :: status
        end function status_function
        function text_function(profile, text) bind(c) result(status)
            import :: c_ptr, c_int, c_char
            type(c_ptr), value :: profile
            character(kind=c_char), intent(in) :: text(*)
            integer(c_int) :: status
        end function text_function
        function begin_function(scope, function, profile, frame) bind(c) result(status)
            import :: c_ptr, c_int, scope_record
            type(scope_record), intent(inout) :: scope
            type(c_ptr), value :: function, profile, frame
            integer(c_int) :: status
        end function begin_function
        subroutine end_function(scope) bind(c)
            import :: scope_record
            type(scope_record), intent(inout) :: scope
        end subroutine end_function
        function frame_function(inside) bind(c) result(frame)
            import :: c_ptr
            type(c_ptr), value :: inside
            type(c_ptr) :: frame
        end function frame_function
    end interface

    interface
        function dlsym(library, name) bind(c) result(address)
            import :: c_ptr, c_char
            type(c_ptr), value :: library
            character(kind=c_char), intent(in) :: name(*)
            type(c_ptr) :: address
        end function dlsym
    end interface

contains

    function c_text(text) result(bytes)
        character(*), intent(in) :: text
        character(kind=c_char) :: bytes(len_trim(text) + 1)
        integer :: i
        do i = 1, len_trim(text)
            bytes(i) = text(i:i)
        end do
        bytes(len_trim(text) + 1) = c_null_char
    end function c_text

    ! The library's functions; null without it.
    function api() result(table)
        type(api_table), pointer :: table
        type(api_table), pointer, save :: found => null()
        logical, save :: looked = .false.
        type(c_ptr) :: address
        if (.not. looked) then
            address = dlsym(c_null_ptr, c_text('cprof_api'))
            if (c_associated(address)) call c_f_pointer(address, found)
            if (associated(found)) then
                if (found%size < c_sizeof(found)) found => null()
            end if
            looked = .true.
        end if
        table => found
    end function api

    subroutine profile_create(self)
        class(cprof_profile), intent(inout) :: self
        procedure(create_function), pointer :: create
        if (.not. associated(api())) return
        call self%free()
        call get_create(create)
        self%handle = create()
    contains
        subroutine get_create(f)
            procedure(create_function), pointer, intent(out) :: f
            type(api_table), pointer :: table
            table => api()
            call c_f_procpointer(table%create, f)
        end subroutine get_create
    end subroutine profile_create

    subroutine profile_free(self)
        class(cprof_profile), intent(inout) :: self
        procedure(free_function), pointer :: free
        type(api_table), pointer :: table
        if (.not. c_associated(self%handle)) return
        table => api()
        call c_f_procpointer(table%free, free)
        call free(self%handle)
        self%handle = c_null_ptr
    end subroutine profile_free

    function call_status(address, handle) result(status)
        type(c_funptr), intent(in) :: address
        type(c_ptr), intent(in) :: handle
        integer :: status
        procedure(status_function), pointer :: f
        call c_f_procpointer(address, f)
        status = f(handle)
    end function call_status

    function profile_enable(self) result(status)
        class(cprof_profile), intent(in) :: self
        integer :: status
        type(api_table), pointer :: table
        status = CPROF_ABSENT
        if (.not. c_associated(self%handle)) return
        table => api()
        status = call_status(table%enable, self%handle)
    end function profile_enable

    function profile_disable(self) result(status)
        class(cprof_profile), intent(in) :: self
        integer :: status
        type(api_table), pointer :: table
        status = CPROF_ABSENT
        if (.not. c_associated(self%handle)) return
        table => api()
        status = call_status(table%disable, self%handle)
    end function profile_disable

    function profile_create_stats(self) result(status)
        class(cprof_profile), intent(in) :: self
        integer :: status
        status = self%disable()
        if (status == CPROF_INACTIVE) status = CPROF_OK
    end function profile_create_stats

    function profile_clear(self) result(status)
        class(cprof_profile), intent(in) :: self
        integer :: status
        type(api_table), pointer :: table
        status = CPROF_ABSENT
        if (.not. c_associated(self%handle)) return
        table => api()
        status = call_status(table%clear, self%handle)
    end function profile_clear

    function call_text(address, handle, text) result(status)
        type(c_funptr), intent(in) :: address
        type(c_ptr), intent(in) :: handle
        character(*), intent(in) :: text
        integer :: status
        procedure(text_function), pointer :: f
        call c_f_procpointer(address, f)
        status = f(handle, c_text(text))
    end function call_text

    function profile_dump_stats(self, file) result(status)
        class(cprof_profile), intent(in) :: self
        character(*), intent(in) :: file
        integer :: status
        type(api_table), pointer :: table
        status = CPROF_ABSENT
        if (.not. c_associated(self%handle)) return
        table => api()
        status = call_text(table%dump_stats, self%handle, file)
    end function profile_dump_stats

    ! To standard output; what the program has written there itself is flushed before, so this must not
    ! be called from within a print or write statement.
    function profile_print_stats(self, sort) result(status)
        use, intrinsic :: iso_fortran_env, only: output_unit
        class(cprof_profile), intent(in) :: self
        character(*), intent(in), optional :: sort
        integer :: status
        type(api_table), pointer :: table
        status = CPROF_ABSENT
        if (.not. c_associated(self%handle)) return
        table => api()
        flush (output_unit)
        if (present(sort)) then
            status = call_text(table%print_stats, self%handle, sort)
        else
            status = call_text(table%print_stats, self%handle, 'stdname')
        end if
    end function profile_print_stats

    subroutine begin_scope(self, function, profile)
        class(cprof_scope), intent(inout), target :: self
        type(c_ptr), intent(in) :: function, profile
        procedure(begin_function), pointer :: begin
        procedure(frame_function), pointer :: find_frame
        type(api_table), pointer :: table
        type(c_ptr) :: frame
        integer(c_int) :: status
        table => api()
        call self%end()
        call c_f_procpointer(table%find_frame, find_frame)
        call c_f_procpointer(table%begin_scope, begin)
        frame = find_frame(c_loc(self%record))
        if (.not. c_associated(frame)) return
        status = begin(self%record, function, profile, frame)
        if (status /= CPROF_OK) self%record%profile = c_null_ptr
    end subroutine begin_scope

    ! PROFILE is enabled until the variable that holds the scope ends.
    subroutine scope_begin(self, profile)
        class(cprof_scope), intent(inout), target :: self
        type(cprof_profile), intent(in) :: profile
        if (c_associated(profile%handle)) call begin_scope(self, c_null_ptr, profile%handle)
    end subroutine scope_begin

    subroutine scope_do_profile(self, folder, name)
        class(cprof_scope), intent(inout), target :: self
        character(*), intent(in) :: folder, name
        type(known_function), pointer :: known
        if (.not. associated(api())) return
        known => function_of(folder, name)
        call begin_scope(self, c_loc(known%record), c_null_ptr)
    end subroutine scope_do_profile

    function function_of(folder, name) result(known)
        character(*), intent(in) :: folder, name
        type(known_function), pointer :: known
        !$omp critical (cprof_functions)
        known => functions
        do while (associated(known))
            if (same(known%folder, folder) .and. same(known%name, name)) exit
            known => known%next
        end do
        if (.not. associated(known)) then
            allocate (known)
            known%folder = c_text(folder)
            known%name = c_text(name)
            known%record%folder = address_of(known%folder)
            known%record%name = address_of(known%name)
            known%next => functions
            functions => known
        end if
        !$omp end critical (cprof_functions)
    end function function_of

    function address_of(bytes) result(address)
        character(kind=c_char), intent(in), target :: bytes(:)
        type(c_ptr) :: address
        address = c_loc(bytes(1))
    end function address_of

    function same(bytes, text)
        character(kind=c_char), intent(in) :: bytes(:)
        character(*), intent(in) :: text
        logical :: same
        same = size(bytes) == len_trim(text) + 1
        if (same) same = all(bytes == c_text(text))
    end function same

    subroutine scope_end(self)
        class(cprof_scope), intent(inout) :: self
        procedure(end_function), pointer :: finish
        type(api_table), pointer :: table
        if (.not. c_associated(self%record%profile)) return
        table => api()
        call c_f_procpointer(table%end_scope, finish)
        call finish(self%record)
        self%record%profile = c_null_ptr
    end subroutine scope_end

    subroutine scope_finish(self)
        type(cprof_scope), intent(inout) :: self
        call scope_end(self)
    end subroutine scope_finish

end module cprof
