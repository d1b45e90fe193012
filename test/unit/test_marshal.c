#include "format/marshal.h"

#include <check.h>
#include <stdlib.h>
#include <unistd.h>

#define WIDE(integer) ((marshal_integer)(integer))

static struct marshal_reader reader;

/* Starts the reader over SIZE bytes that are allocated exactly, for AddressSanitizer. */
static void start(const char *bytes, size_t size)
{
    static char *copy;
    marshal_reader_free(&reader);
    free(copy);
    copy = malloc(size ? size : 1);
    memcpy(copy, bytes, size);
    marshal_reader_start(&reader, copy, size);
}

#define START(literal) start(literal, sizeof(literal) - 1)

static struct marshal_value read_one(void)
{
    struct marshal_value v;
    ck_assert_msg(marshal_read(&reader, &v) == 0, "%s at %zu", reader.in.fault, reader.in.fault_at);
    return v;
}

static void expect_integer(const struct marshal_value *v, marshal_integer expected)
{
    ck_assert_int_eq(v->kind, MARSHAL_IS_INTEGER);
    ck_assert(v->integer == expected);
}

static void expect_real(const struct marshal_value *v, double expected)
{
    ck_assert_int_eq(v->kind, MARSHAL_IS_REAL);
    ck_assert(memcmp(&v->real, &expected, sizeof expected) == 0);
}

static void expect_string(const struct marshal_value *v, const char *expected, size_t size)
{
    ck_assert_int_eq(v->kind, MARSHAL_IS_STRING);
    size_t found_size;
    const char *found = intern_bytes(&reader.strings, v->string, &found_size);
    ck_assert_uint_eq(found_size, size);
    ck_assert(memcmp(found, expected, size) == 0);
}

static void expect_end(void)
{
    ck_assert_uint_eq(cursor_remaining(&reader.in), 0);
    ck_assert(!cursor_failed(&reader.in));
}

static void expect_fault(const char *text, size_t at)
{
    ck_assert(cursor_failed(&reader.in));
    ck_assert_str_eq(reader.in.fault, text);
    ck_assert_uint_eq(reader.in.fault_at, at);
}

START_TEST(cursor_reads_little_endian_and_stops_at_the_end)
{
    struct cursor c = cursor_over("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\xff\xff\xff\xff", 14);
    ck_assert_uint_eq(cursor_u16(&c), 0x0201);
    ck_assert_uint_eq(cursor_u64(&c), 0x0a09080706050403);
    ck_assert_int_eq(cursor_i32(&c), -1);
    ck_assert_uint_eq(cursor_remaining(&c), 0);
    cursor_skip(&c, 0);
    cursor_seek(&c, 14);
    ck_assert(!cursor_failed(&c));
    cursor_seek(&c, 12);
    ck_assert_uint_eq(cursor_u32(&c), 0);
    ck_assert(cursor_failed(&c));
    ck_assert_uint_eq(c.fault_at, 12);
    cursor_fail(&c, 3, "a later fault");
    ck_assert_str_eq(c.fault, "truncated");
    cursor_seek(&c, 0);
    ck_assert_uint_eq(cursor_remaining(&c), 0);
    ck_assert_ptr_null(cursor_bytes(&c, 0));
}
END_TEST

START_TEST(cursor_refuses_offsets_past_the_end)
{
    struct cursor c = cursor_over("abc", 3);
    cursor_seek(&c, 4);
    ck_assert(cursor_failed(&c));
    c = cursor_over("abc", 3);
    cursor_u8(&c);
    cursor_skip(&c, SIZE_MAX);
    ck_assert(cursor_failed(&c));
    ck_assert_uint_eq(c.fault_at, 1);
}
END_TEST

START_TEST(constants_are_read)
{
    START("NTF");
    ck_assert_int_eq(read_one().kind, MARSHAL_IS_NONE);
    struct marshal_value v = read_one();
    expect_integer(&v, 1);
    v = read_one();
    expect_integer(&v, 0);
    expect_end();
}
END_TEST

START_TEST(integers_are_read)
{
    START("i\xfe\xff\xff\xff"
          "I\x00\x00\x00\x00\x00\x00\x00\x80"
          "l\x00\x00\x00\x00"
          "l\x03\x00\x00\x00\x00\x00\x00\x00\x04\x00"
          "l\xfe\xff\xff\xff\x01\x00\x02\x00");
    const marshal_integer expected[] = {-2, INT64_MIN, 0, WIDE(1) << 32, -65537};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        struct marshal_value v = read_one();
        expect_integer(&v, expected[i]);
    }
    expect_end();
}
END_TEST

START_TEST(integers_of_127_bits_are_the_largest)
{
    START(
        "l\x09\x00\x00\x00\xff\x7f\xff\x7f\xff\x7f\xff\x7f\xff\x7f\xff\x7f\xff\x7f\xff\x7f\x7f\0");
    struct marshal_value v = read_one();
    expect_integer(&v, (marshal_integer)(~(unsigned __int128)0 >> 1));
    START(
        "l\x09\x00\x00\x00\xff\x7f\xff\x7f\xff\x7f\xff\x7f\xff\x7f\xff\x7f\xff\x7f\xff\x7f\x80\0");
    ck_assert_int_eq(marshal_read(&reader, &v), -1);
    expect_fault("integer of more than 127 bits", 1);
    START("l\x0a\x00\x00\x00\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0");
    ck_assert_int_eq(marshal_read(&reader, &v), -1);
    expect_fault("integer of more than 127 bits", 1);
    START("l\x00\x00\x00\x80\x01\0");
    ck_assert_int_eq(marshal_read(&reader, &v), -1);
    expect_fault("integer of more than 127 bits", 1);
}
END_TEST

START_TEST(malformed_integers_are_refused)
{
    struct marshal_value v;
    START("l\x01\x00\x00\x00\x00\x80");
    ck_assert_int_eq(marshal_read(&reader, &v), -1);
    expect_fault("digit out of range", 5);
    START("l\x02\x00\x00\x00\x01\x00\x00\x00");
    ck_assert_int_eq(marshal_read(&reader, &v), -1);
    expect_fault("integer with a leading zero", 1);
    START("l\x02\x00\x00\x00\x01\x00");
    ck_assert_int_eq(marshal_read(&reader, &v), -1);
    expect_fault("truncated", 7);
}
END_TEST

START_TEST(reals_are_read)
{
    START("g\x00\x00\x00\x00\x00\x00\xf8\xbf"
          "f\x04"
          "2.5e");
    struct marshal_value v = read_one();
    expect_real(&v, -1.5);
    ck_assert_int_eq(marshal_read(&reader, &v), -1);
    expect_fault("malformed number", 10);
    START("f\x05"
          "-2e-3");
    v = read_one();
    expect_real(&v, -0.002);
    expect_end();
    START("f\x00");
    ck_assert_int_eq(marshal_read(&reader, &v), -1);
    expect_fault("malformed number", 1);
}
END_TEST

START_TEST(strings_of_every_kind_are_read)
{
    START("s\x02\x00\x00\x00\x68\x69"
          "t\x02\x00\x00\x00\x68\x69"
          "u\x02\x00\x00\x00\x68\x69"
          "a\x02\x00\x00\x00\x68\x69"
          "A\x02\x00\x00\x00\x68\x69"
          "z\x02\x68\x69"
          "Z\x02\x68\x69"
          "u\x03\x00\x00\x00\x00\xc3\xa4"
          "z\x00");
    struct marshal_value first = read_one();
    expect_string(&first, "hi", 2);
    for (int i = 0; i < 6; i++)
        ck_assert_uint_eq(read_one().string, first.string);
    struct marshal_value v = read_one();
    expect_string(&v, "\0\xc3\xa4", 3);
    v = read_one();
    expect_string(&v, "", 0);
    expect_end();
}
END_TEST

/* Latin-1 from Python 2.7; a surrogate, which Python would write as three bytes. */
START_TEST(what_is_no_utf8_becomes_text)
{
    START("s\x03\x00\x00\x00\x61\xe4\x0a"
          "u\x03\x00\x00\x00\xed\xa0\x80"
          "u\x02\x00\x00\x00\xc0\x80"
          "u\x05\x00\x00\x00\xf4\x8f\xbf\xbf\xf4");
    const char *expected[] = {"a\\xe4\n", "\\xed\\xa0\\x80", "\\xc0\\x80", "\xf4\x8f\xbf\xbf\\xf4"};
    for (size_t i = 0; i < 4; i++) {
        struct marshal_value v = read_one();
        expect_string(&v, expected[i], strlen(expected[i]));
    }
}
END_TEST

START_TEST(string_longer_than_the_file_is_refused)
{
    struct marshal_value v;
    START("u\xff\xff\xff\xff\x61");
    ck_assert_int_eq(marshal_read(&reader, &v), -1);
    expect_fault("truncated", 5);
}
END_TEST

START_TEST(references_count_flagged_objects_in_order_of_appearance)
{
    /* A tuple is number 0, before its items, 1 and 2; a flagged None has no number. */
    START("\xa9\x03"
          "\xda\x01\x61"
          "\xe9\x07\x00\x00\x00"
          "\xce"
          "\xe7\x00\x00\x00\x00\x00\x00\xe0\x3f"
          "r\x01\x00\x00\x00"
          "r\x02\x00\x00\x00"
          "r\x03\x00\x00\x00"
          "r\x00\x00\x00\x00");
    ck_assert_int_eq(read_one().kind, MARSHAL_IS_TUPLE);
    struct marshal_value v = read_one();
    expect_real(&v, 0.5);
    v = read_one();
    expect_string(&v, "a", 1);
    v = read_one();
    expect_integer(&v, 7);
    v = read_one();
    expect_real(&v, 0.5);
    v = read_one();
    ck_assert_int_eq(v.kind, MARSHAL_IS_TUPLE);
    ck_assert_uint_eq(v.count, 3);
    expect_string(&marshal_items(&reader, &v)[0], "a", 1);
    expect_integer(&marshal_items(&reader, &v)[1], 7);
    ck_assert_int_eq(marshal_items(&reader, &v)[2].kind, MARSHAL_IS_NONE);
    expect_end();
}
END_TEST

START_TEST(a_flagged_tuple_outlives_those_after_it)
{
    START("\xa8\x01\x00\x00\x00i\x01\x00\x00\x00"
          ")\x01i\x02\x00\x00\x00"
          ")\x01i\x03\x00\x00\x00"
          "r\x00\x00\x00\x00");
    for (int i = 1; i <= 3; i++) {
        struct marshal_value v = read_one();
        ck_assert_uint_eq(v.count, 1);
        expect_integer(marshal_items(&reader, &v), i);
    }
    struct marshal_value v = read_one();
    expect_integer(marshal_items(&reader, &v), 1);
}
END_TEST

START_TEST(python_2_string_references_count_interned_strings)
{
    START("t\x01\x00\x00\x00\x61"
          "s\x01\x00\x00\x00\x62"
          "t\x01\x00\x00\x00\x63"
          "R\x01\x00\x00\x00"
          "R\x00\x00\x00\x00"
          "R\x02\x00\x00\x00");
    for (int i = 0; i < 3; i++)
        read_one();
    struct marshal_value v = read_one();
    expect_string(&v, "c", 1);
    v = read_one();
    expect_string(&v, "a", 1);
    ck_assert_int_eq(marshal_read(&reader, &v), -1);
    expect_fault("reference to a string that is not there", 29);
}
END_TEST

START_TEST(references_to_nothing_are_refused)
{
    struct marshal_value v;
    START("r\x00\x00\x00\x00");
    ck_assert_int_eq(marshal_read(&reader, &v), -1);
    expect_fault("reference to an object that is not there", 1);
    START("\xa9\x01r\x00\x00\x00\x00");
    ck_assert_int_eq(marshal_read(&reader, &v), -1);
    expect_fault("reference to an object that holds a dict", 3);
    START("\xfbr\x00\x00\x00\x00");
    ck_assert_int_eq(marshal_open_dict(&reader, "a dict"), 0);
    ck_assert_int_eq(marshal_read(&reader, &v), -1);
    expect_fault("reference to an object that holds a dict", 2);
}
END_TEST

START_TEST(tuples_are_flat_and_short)
{
    struct marshal_value v;
    START(")\x01)\x00");
    ck_assert_int_eq(marshal_read(&reader, &v), -1);
    expect_fault("type 0x29 where a number or a string should be", 2);
    START("\xa9\x00)\x01r\x00\x00\x00\x00");
    read_one();
    ck_assert_int_eq(marshal_read(&reader, &v), -1);
    expect_fault("tuple in a tuple", 4);
    START(")\x05NNNNN");
    ck_assert_int_eq(marshal_read(&reader, &v), -1);
    expect_fault("tuple of 5 items", 0);
    START("(\xff\xff\xff\xffN");
    ck_assert_int_eq(marshal_read(&reader, &v), -1);
    expect_fault("tuple of 4294967295 items", 0);
}
END_TEST

START_TEST(dicts_and_their_tuples_are_entered)
{
    START("\xfb)\x02{00i\x05\x00\x00\x00r\x00\x00\x00\x00");
    struct marshal_value v;
    ck_assert_int_eq(marshal_open_dict(&reader, "a dict"), 0);
    ck_assert(!marshal_dict_ended(&reader));
    ck_assert_int_eq(marshal_open_tuple(&reader, 2, "a pair"), 0);
    ck_assert_int_eq(marshal_open_dict(&reader, "a dict"), 0);
    ck_assert(marshal_dict_ended(&reader));
    ck_assert(marshal_dict_ended(&reader));
    v = read_one();
    expect_integer(&v, 5);
    ck_assert_int_eq(marshal_open_tuple(&reader, 2, "a pair"), -1);
    expect_fault("type 0x72 where a pair should be", 11);
    ck_assert(marshal_dict_ended(&reader));
}
END_TEST

START_TEST(unknown_and_misplaced_types_are_told_apart)
{
    START("\x7f"
          "ELF");
    ck_assert_int_eq(marshal_open_dict(&reader, "a dict"), -1);
    expect_fault("unknown type 0x7f", 0);
    START("i");
    ck_assert_int_eq(marshal_open_dict(&reader, "a dict"), -1);
    expect_fault("type 0x69 where a dict should be", 0);
    START(")\x03");
    ck_assert_int_eq(marshal_open_tuple(&reader, 2, "a pair"), -1);
    expect_fault("tuple of 3 items where a pair should be", 0);
    START("\x80");
    struct marshal_value v;
    ck_assert_int_eq(marshal_read(&reader, &v), -1);
    expect_fault("unknown type 0x80", 0);
}
END_TEST

START_TEST(written_bytes_are_pythons)
{
    static struct output out;
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    output_start(&out, ends[1]);
    marshal_write_integer(&out, INT32_MAX);
    marshal_write_integer(&out, INT32_MIN);
    marshal_write_integer(&out, WIDE(INT32_MAX) + 1);
    marshal_write_integer(&out, WIDE(INT32_MIN) - 1);
    marshal_write_integer(&out, WIDE(1) << 75);
    marshal_write_real(&out, -1.5);
    marshal_write_string(&out, "ab", 2, MARSHAL_FLAG);
    marshal_write_string(&out, "", 0, 0);
    marshal_write_tuple(&out, 3, MARSHAL_FLAG);
    marshal_write_ref(&out, 258);
    /* python3 -c 'import marshal; print(marshal.dumps(2**31))', and so on */
    static const char expected[] =
        "i\xff\xff\xff\x7f"
        "i\x00\x00\x00\x80"
        "l\x03\x00\x00\x00\x00\x00\x00\x00\x02\x00"
        "l\xfd\xff\xff\xff\x01\x00\x00\x00\x02\x00"
        "l\x06\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00"
        "g\x00\x00\x00\x00\x00\x00\xf8\xbf"
        "\xf4\x02\x00\x00\x00\x61\x62"
        "t\x00\x00\x00\x00"
        "\xa8\x03\x00\x00\x00"
        "r\x02\x01\x00\x00";
    char found[200];
    ck_assert_int_eq(output_finish(&out), 0);
    ck_assert_int_eq(read(ends[0], found, sizeof found), sizeof expected - 1);
    ck_assert_mem_eq(found, expected, sizeof expected - 1);
    ck_assert_uint_eq(out.offset, sizeof expected - 1);
}
END_TEST

START_TEST(the_set_of_strings_holds_many_and_compares_exactly)
{
    struct intern set = {0};
    for (uint32_t round = 0; round < 2; round++)
        for (uint32_t i = 0; i < 20000; i++)
            ck_assert_uint_eq(intern_add(&set, &i, i % 2 ? sizeof i : 3), i);
    size_t size;
    const char *bytes = intern_bytes(&set, 0x1234, &size);
    ck_assert_uint_eq(size, 3);
    ck_assert(memcmp(bytes, "\x34\x12\0", 3) == 0);
    ck_assert_uint_eq(intern_add(&set, "", 0), 20000);
    intern_free(&set);
    ck_assert_uint_eq(set.count, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("marshal");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, cursor_reads_little_endian_and_stops_at_the_end);
    tcase_add_test(tests, cursor_refuses_offsets_past_the_end);
    tcase_add_test(tests, constants_are_read);
    tcase_add_test(tests, integers_are_read);
    tcase_add_test(tests, integers_of_127_bits_are_the_largest);
    tcase_add_test(tests, malformed_integers_are_refused);
    tcase_add_test(tests, reals_are_read);
    tcase_add_test(tests, strings_of_every_kind_are_read);
    tcase_add_test(tests, what_is_no_utf8_becomes_text);
    tcase_add_test(tests, string_longer_than_the_file_is_refused);
    tcase_add_test(tests, references_count_flagged_objects_in_order_of_appearance);
    tcase_add_test(tests, a_flagged_tuple_outlives_those_after_it);
    tcase_add_test(tests, python_2_string_references_count_interned_strings);
    tcase_add_test(tests, references_to_nothing_are_refused);
    tcase_add_test(tests, tuples_are_flat_and_short);
    tcase_add_test(tests, dicts_and_their_tuples_are_entered);
    tcase_add_test(tests, unknown_and_misplaced_types_are_told_apart);
    tcase_add_test(tests, written_bytes_are_pythons);
    tcase_add_test(tests, the_set_of_strings_holds_many_and_compares_exactly);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
