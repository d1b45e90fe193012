/* Names of functions without what C++ adds to them. */
#include "report/names.h"
#include "test/unit/profiles.h"

static const struct {
    const char *name, *shown;
} names[] = {
    {"main", "main"},
    {"f()", "f"},
    {"f(int (*)(char), std::vector<int>)", "f"},
    {"ns::A::put(int) const", "ns::A::put"},
    {"ns::A::put(int) const &", "ns::A::put"},
    {"A::~A()", "A::~A"},
    {"void put<int>(int)", "put"},
    {"std::vector<int, std::allocator<int> >::push_back(int&&)", "std::vector::push_back"},
    {"std::map<int, char>::iterator find<int>(std::map<int, char>&)", "find"},
    {"unsigned long long max<unsigned long long>(unsigned long long)", "max"},
    {"char const* name<(Kind)1>(A const*)", "name"},
    {"decltype (f({parm#1})) call<int>(int)", "call"},
    {"std::enable_if<(1)>(2), int>::type", "std::enable_if<(1)>(2), int>::type"},
    {"std::enable_if<((1)>(2)), int>::type f<int>(int)", "f"},
    {"f<(1<2), ((3)>>(1)), 4>(int)", "f"},
    {"f<(1->x)>(int)", "f"},
    {"(anonymous namespace)::f(int)", "f"},
    {"ns::(anonymous namespace)::A::f()", "ns::A::f"},
    {"void (anonymous namespace)::f<(anonymous namespace)::A>()", "f"},
    {"name[abi:cxx11](int)", "name"},
    {"A::name[abi:cxx11]() const", "A::name"},
    {"f(int) [clone .part.0]", "f"},
    {"f [clone .constprop.0] [clone .cold]", "f"},
    {"A::operator<(A const&) const", "A::operator<"},
    {"A::operator<<(int)", "A::operator<<"},
    {"A::operator<=>(A const&) const", "A::operator<=>"},
    {"A::operator->() const", "A::operator->"},
    {"A::operator()(int) const", "A::operator()"},
    {"A::operator[](unsigned long)", "A::operator[]"},
    {"bool operator< <int>(A<int> const&, A<int> const&)", "operator<"},
    {"std::basic_ostream<char>& std::operator<< <std::char_traits<char> "
     ">(std::basic_ostream<char>&, "
     "char const*)",
     "std::operator<<"},
    {"bool operator> <int>(A<int> const&)", "operator>"},
    {"void sort<&(A::operator<(A const&) const)>()", "sort"},
    {"void visit<&(operator<< <int>)>(int)", "visit"},
    {"A::operator bool() const", "A::operator bool"},
    {"A::operator unsigned long() const", "A::operator unsigned long"},
    {"A::operator std::vector<int, X>() const", "A::operator std::vector"},
    {"operator new(unsigned long)", "operator new"},
    {"operator delete[](void*, unsigned long)", "operator delete[]"},
    {"operator\"\" _km(long double)", "operator\"\" _km"},
    {"my_operator(int)", "my_operator"},
    {"operators::f(int)", "operators::f"},
    {"main::{lambda(int, char)#1}::operator()(int, char) const", "main::{lambda#1}::operator()"},
    {"f(int)::{lambda()#2}::operator()() const", "f::{lambda#2}::operator()"},
    {"A::f() const::{lambda(auto:1)#1}::operator()<int>(int) const",
     "A::f::{lambda#1}::operator()"},
    {"void std::for_each<int*, main::{lambda(int)#1}>(int*, int*, main::{lambda(int)#1})",
     "std::for_each"},
    {"f(int)::Local::g()", "f::Local::g"},
    {"{unnamed type#1}::f()", "{unnamed type#1}::f"},
    {"non-virtual thunk to B::f()", "B::f"},
    {"<libm.so.6+0x1234>", "<libm.so.6+0x1234>"},
    {"<alloc::vec::Vec<T> as Drop>::drop", "<alloc::vec::Vec<T> as Drop>::drop"},
    {"f(", "f("},
    {"f<int", "f<int"},
    {"{lambda(", "{lambda("},
    {"<>", "<>"},
    {"()", "()"},
    {" ", " "},
    {"operator", "operator"},
    {"operator<", "operator<"},
    {"a b", "b"},
    {")>}]", ")>}]"},
    {"gr\xc3\xb6\xc3\x9f"
     "e<int>(int)",
     "gr\xc3\xb6\xc3\x9f"
     "e"},
};

START_TEST(short_names)
{
    const char *name = names[_i].name;
    char *copy = copy_of(name, strlen(name)); /* AddressSanitizer sees what is read past its end */
    char *out = malloc(strlen(name) + 1);
    size_t size = names_shorten(copy, strlen(name), out);

    ck_assert_str_eq(out, names[_i].shown);
    ck_assert_uint_eq(size, strlen(out));
    free(copy);
    free(out);
}
END_TEST

/* Whatever the bytes, there is an end, and no more comes out than went in. */
START_TEST(any_name)
{
    static const char alphabet[] = "<>(){}[] :a-operator&";
    unsigned seed = 1;

    for (int i = 0; i < 20000; i++) {
        size_t size = (size_t)(rand_r(&seed) % 24) + 1;
        char *name = malloc(size), *out = malloc(size + 1);

        for (size_t j = 0; j < size; j++)
            name[j] = alphabet[(size_t)rand_r(&seed) % (sizeof(alphabet) - 1)];
        if (i % 2 && size > 8)
            memcpy(name + rand_r(&seed) % (int)(size - 8), "operator", 8);
        ck_assert_uint_le(names_shorten(name, size, out), size);
        free(name);
        free(out);
    }
}
END_TEST

START_TEST(names_of_a_model)
{
    struct model m = {0};
    struct profile p = full_profile();

    ck_assert_int_eq(model_add(&m, &p), 0);
    profile_free(&p);
    ck_assert_int_eq(names_apply(&m, NAMES_MANGLED), 0);
    ck_assert_str_eq(m.rows[0].standard_name.bytes, "/a.c:3(_Z1fv)");
    ck_assert_str_eq(m.rows[1].standard_name.bytes, "/a.c:0(main)");
    ck_assert_str_eq(m.rows[2].standard_name.bytes, "memcpy");
    model_free(&m);
    p = golden_profile();
    free(p.functions[0].name.bytes);
    p.functions[0].name = STRING("void f<int>(int)");
    ck_assert_int_eq(model_add(&m, &p), 0);
    profile_free(&p);
    ck_assert_int_eq(names_apply(&m, NAMES_MANGLED), 0);
    ck_assert_str_eq(m.rows[0].name.bytes, "void f<int>(int)");
    ck_assert_int_eq(names_apply(&m, NAMES_SHORT), 0);
    ck_assert_str_eq(m.rows[0].standard_name.bytes, "a.c:3(f)");
    ck_assert_str_eq(m.rows[1].standard_name.bytes, "a.c:1(main)");
    model_free(&m);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("names");
    TCase *tests = tcase_create("names");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_loop_test(tests, short_names, 0, sizeof(names) / sizeof(names[0]));
    tcase_add_test(tests, any_name);
    tcase_add_test(tests, names_of_a_model);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
