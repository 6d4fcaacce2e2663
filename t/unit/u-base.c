#include "base/base.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"
#include "base/finding.h"
#include "base/strbuf.h"
#include "base/strmap.h"
#include "base/utf8.h"
#include "tap.h"

#include <fcntl.h>
#include <sys/stat.h>

static void test_strbuf__a_limit_holds_and_is_remembered(void)
{
	struct strbuf sb = STRBUF_INIT_MAX(8);

	strbuf_addstr(&sb, "12345678");
	check(!sb.overflow);
	strbuf_addch(&sb, '9');
	check(sb.overflow);
	check_str(sb.buf, "12345678");
	strbuf_addstr(&sb, "");
	strbuf_addf(&sb, "%d", 1);
	check_str(sb.buf, "12345678");
	strbuf_reset(&sb);
	strbuf_addchars(&sb, 'x', 9);
	check(sb.overflow);
	check_uint(sb.len, ==, 0);
	strbuf_release(&sb);
}

static void test_strbuf__long_formats_are_whole(void)
{
	struct strbuf sb = STRBUF_INIT;
	char *long_text = xmalloc(1001);

	memset(long_text, 'x', 1000);
	long_text[1000] = '\0';
	strbuf_addf(&sb, "<%s>", long_text);
	check_uint(sb.len, ==, 1002);
	check_int(sb.buf[1001], ==, '>');
	free(long_text);
	strbuf_release(&sb);
}

static void test_strbuf__printable_defuses_what_drives_a_terminal(void)
{
	static const char hostile[] = "a\x1b[2J\r\x80\xe2\x80\xae\xc3\xa9\xc2\x9b";
	struct strbuf sb = STRBUF_INIT;

	strbuf_add_printable(&sb, hostile, sizeof(hostile) - 1);
	check_str(sb.buf, "a\\x1b[2J\\x0d\\x80\\u202e\xc3\xa9\\x9b");
	strbuf_release(&sb);
}

static void test_parse_uint__takes_digits_only(void)
{
	static const struct {
		const char *s;
		bool ok;
		uint64_t v;
	} t[] = { { "0", true, 0 },    { "100", true, 100 },
		  { "101", false, 0 }, { "", false, 0 },
		  { "-1", false, 0 },  { "+1", false, 0 },
		  { " 1", false, 0 },  { "1 ", false, 0 },
		  { "1k", false, 0 },  { "18446744073709551616", false, 0 } };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		uint64_t v = 0;

		test_context("%s", t[i].s);
		check_int(parse_uint(t[i].s, 0, 100, &v), ==, t[i].ok);
		check_uint(v, ==, t[i].v);
	}
}

static void test_utf8__refuses_what_rfc_3629_refuses(void)
{
	static const struct {
		const char *s;
		size_t valid;
	} t[] = { { "plain ascii, longer than eight", 30 },
		  { "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9 },
		  { "\xc0\x80", 0 },
		  { "abcdefgh\xed\xa0\x80", 8 },
		  { "\xf4\x90\x80\x80", 0 },
		  { "\xe2\x82", 0 },
		  { "\xf8\x88\x80\x80\x80", 0 },
		  { "a\x80", 1 } };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		test_context("row %zu", i);
		check_uint(utf8_validate(t[i].s, strlen(t[i].s)), ==, t[i].valid);
	}
}

static void test_utf8__encodes_what_it_decodes(void)
{
	static const uint32_t cps[] = { 0,	0x7f,	0x80,	0x7ff,	 0x800,
					0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cps); i++) {
		struct strbuf sb = STRBUF_INIT;
		uint32_t cp = 1;

		utf8_encode(&sb, cps[i]);
		check_uint(utf8_decode(sb.buf, sb.len, &cp), ==, sb.len);
		check_uint(cp, ==, cps[i]);
		strbuf_release(&sb);
	}
}

static void test_arena__bounds_the_sum(void)
{
	struct arena arena;
	char *p;

	arena_init(&arena, 1000);
	p = arena_alloc(&arena, 100);
	if (check_ptr(p, !=, NULL)) {
		check_int(p[0], ==, 0);
		memset(p, 'x', 100);
	}
	check_ptr(arena_alloc(&arena, 900), ==, NULL);
	check_ptr(arena_alloc(&arena, SIZE_MAX), ==, NULL);
	arena_reset(&arena);
	p = arena_alloc(&arena, 900);
	if (check_ptr(p, !=, NULL))
		check_int(p[0], ==, 0);
	arena_release(&arena);
}

static void test_arena__large_blocks_leave_the_small_one_in_use(void)
{
	struct arena arena = ARENA_INIT;
	char *a = arena_strdup(&arena, "a"), *b;

	memset(arena_alloc(&arena, 100000), 'x', 100000);
	b = arena_strdup(&arena, "b");
	check_int(b - a, ==, 16);
	check_str(arena_strfmt(&arena, "%s-%s", a, b), "a-b");
	arena_release(&arena);
}

static void test_strmap__keeps_order_and_finds_all(void)
{
	struct strmap map = STRMAP_INIT;
	int values[1000];
	char key[16];
	int i;

	for (i = 0; i < 1000; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		check_ptr(strmap_put(&map, key, &values[i]), ==, NULL);
	}
	check_ptr(strmap_put(&map, "k7", &values[8]), ==, &values[7]);
	check_uint(map.nr, ==, 1000);
	check_str(map.entries[999].key, "k999");
	check_ptr(strmap_get(&map, "k7"), ==, &values[8]);
	check_ptr(strmap_get(&map, "k1000"), ==, NULL);
	check(strmap_has(&map, "k0"));
	strmap_sort(&map);
	check_str(map.entries[1].key, "k1");
	check_str(map.entries[2].key, "k10");
	check_ptr(strmap_get(&map, "k999"), ==, &values[999]);
	strmap_release(&map, NULL);
}

static void test_clock__times_read_back(void)
{
	struct strbuf sb = STRBUF_INIT;
	int64_t ms = 0;

	format_time_ms(&sb, INT64_C(1440938160123));
	check_str(sb.buf, "2015-08-30T12:36:00.123Z");
	check_int(parse_time_ms(sb.buf, &ms), ==, 0);
	check_int(ms, ==, INT64_C(1440938160123));
	check_int(parse_time_ms("2015-08-30T12:36:00Z", &ms), ==, 0);
	check_int(ms, ==, INT64_C(1440938160000));
	check_int(parse_time_ms("2015-08-30 12:36:00Z", &ms), <, 0);
	check_int(parse_time_ms("2015-13-30T12:36:00Z", &ms), <, 0);
	check_int(parse_time_ms("2015-08-30T12:36:00", &ms), <, 0);
	strbuf_reset(&sb);
	format_time_basic(&sb, INT64_C(1440938160123));
	check_str(sb.buf, "20150830T123600Z");
	check_int(parse_time_basic(sb.buf, &ms), ==, 0);
	check_int(ms, ==, INT64_C(1440938160000));
	strbuf_release(&sb);
}

static void test_digest__matches_the_published_values(void)
{
	unsigned char mac[SHA256_SIZE];
	struct strbuf sb = STRBUF_INIT;

	sha256_hex(&sb, "abc", 3);
	check_str(sb.buf, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	strbuf_reset(&sb);
	/* RFC 4231, test case 2 */
	hmac_sha256(mac, "Jefe", 4, "what do ya want for nothing?", 28);
	strbuf_addhex(&sb, mac, sizeof(mac));
	check_str(sb.buf, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	strbuf_release(&sb);
}

static void test_base64__there_and_back(void)
{
	/* RFC 4648, section 10 */
	static const char *const rows[][2] = { { "", "" },
					       { "f", "Zg==" },
					       { "fo", "Zm8=" },
					       { "foo", "Zm9v" },
					       { "foob", "Zm9vYg==" },
					       { "fooba", "Zm9vYmE=" },
					       { "foobar", "Zm9vYmFy" } };
	static const char *const wrong[] = { "Z",    "Zg=",	 "Zg",	 "Zm9v=",
					     "Z===", "Zg==Zg==", "Zm 9", "Zm-_" };
	struct strbuf sb = STRBUF_INIT;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		test_context("%s", rows[i][0]);
		strbuf_reset(&sb);
		base64_encode(&sb, rows[i][0], strlen(rows[i][0]));
		check_str(sb.buf, rows[i][1]);
		strbuf_reset(&sb);
		check(base64_decode(&sb, rows[i][1], strlen(rows[i][1])));
		check_str(sb.buf, rows[i][0]);
	}
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		test_context("%s", wrong[i]);
		strbuf_reset(&sb);
		check(!base64_decode(&sb, wrong[i], strlen(wrong[i])));
	}
	strbuf_release(&sb);
}

static void test_error__speaks_once_and_grows_by_prefixes(void)
{
	struct error err = ERROR_INIT;

	errno = ENOENT;
	check_int(error_errno(&err, "cannot open '%s'", "x"), ==, -1);
	check_int(err.kind, ==, ERROR_NOT_FOUND);
	check_int(err.sys, ==, ENOENT);
	error_prefix(&err, "spool");
	check_str(err.message, "spool: cannot open 'x': No such file or directory");
	error_hint(&err, "first");
	error_hint(&err, "second");
	check_str(err.hint, "first");
	error_set(&err, ERROR_FAILED, "was: %s", err.message);
	check_str(err.message, "was: spool: cannot open 'x': No such file or directory");
	error_release(&err);
}

static void test_finding__points_at_the_place(void)
{
	static const char text[] = "{\n  \"n\xc3\xa9\": \"{{ nmae }}\"\n}\n";
	struct findings fs = FINDINGS_INIT;
	struct finding *f = findings_add(&fs, SEVERITY_ERROR, "r", "p.json", "no '%s'", "nmae");

	finding_at(f, text, sizeof(text) - 1, 14, 4);
	check_uint(f->line, ==, 2);
	check_uint(f->column, ==, 12);
	check_uint(f->width, ==, 4);
	check_str(f->source, "  \"n\xc3\xa9\": \"{{ nmae }}\"");
	/* at the end of the text, where the newline is missing, and beyond */
	finding_at(f, text, sizeof(text) - 1, 1000, 4);
	check_uint(f->line, ==, 4);
	check_uint(f->width, ==, 1);
	findings_release(&fs);
}

static void test_finding__more_than_the_limit_are_counted(void)
{
	struct findings fs = { .max = 2 };
	int i;

	for (i = 0; i < 5; i++)
		finding_hint(findings_add(&fs, SEVERITY_WARNING, "r", "b", "m"), "h");
	check_uint(fs.nr, ==, 2);
	check_uint(fs.dropped, ==, 3);
	check_uint(fs.warnings, ==, 5);
	findings_release(&fs);
}

static void test_finding__order_is_by_place(void)
{
	struct findings fs = FINDINGS_INIT;

	findings_add(&fs, SEVERITY_ERROR, "r", "b", "3");
	findings_add(&fs, SEVERITY_ERROR, "r", "a", "2")->line = 7;
	findings_add(&fs, SEVERITY_WARNING, "r", "a", "1")->line = 2;
	findings_add(&fs, SEVERITY_ERROR, "r", NULL, "0");
	findings_sort(&fs);
	check_str(fs.v[0].message, "0");
	check_str(fs.v[1].message, "1");
	check_str(fs.v[2].message, "2");
	check_str(fs.v[3].message, "3");
	findings_release(&fs);
}

static void test_nearest_word__is_near_or_nothing(void)
{
	static const char *const words[] = { "desiredCount", "cluster", "name" };

	check_str(nearest_word("desierdCount", words, 3), "desiredCount");
	check_str(nearest_word("DesiredCount", words, 3), "desiredCount");
	check_str(nearest_word("nmae", words, 3), "name");
	check_str(nearest_word("x", words, 3), NULL);
	check_str(nearest_word("completely", words, 3), NULL);
}

static void test_file__atomic_writes_leave_old_or_new(void)
{
	char dir[] = "/tmp/u-base-XXXXXX";
	struct error err = ERROR_INIT;
	struct strbuf sb = STRBUF_INIT;
	char *path, *deep;
	struct stat st;

	if (!check_ptr(mkdtemp(dir), !=, NULL))
		return;
	path = xstrfmt("%s/f", dir);
	deep = xstrfmt("%s/a/b", dir);
	check_int(file_write_atomic(path, NULL, "one", 3, 0640, &err), ==, 0);
	check_int(file_write_atomic(path, NULL, "two", 3, 0640, &err), ==, 0);
	check_int(file_read(path, &sb, &err), ==, 0);
	check_str(sb.buf, "two");
	check_int(stat(path, &st), ==, 0);
	check_int(st.st_mode & 0777, ==, 0640);
	check_int(make_dirs(deep, 0700, &err), ==, 0);
	check_int(make_dirs(deep, 0700, &err), ==, 0);
	/* the target is a directory: nothing of ours is left behind */
	check_int(file_write_atomic(deep, dir, "x", 1, 0600, &err), <, 0);
	check_ptr(err.message, !=, NULL);
	unlink(path);
	check_int(rmdir(deep), ==, 0);
	free(deep);
	deep = xstrfmt("%s/a", dir);
	check_int(rmdir(deep), ==, 0);
	check_int(rmdir(dir), ==, 0);
	strbuf_release(&sb);
	error_release(&err);
	free(path);
	free(deep);
}

static void test_file__a_limit_is_an_error(void)
{
	struct strbuf sb = STRBUF_INIT_MAX(100);
	struct error err = ERROR_INIT;

	check_int(file_read("/dev/zero", &sb, &err), <, 0);
	check_int(err.sys, ==, EFBIG);
	error_release(&err);
	strbuf_release(&sb);
}

int main(void)
{
	TEST(strbuf__a_limit_holds_and_is_remembered);
	TEST(strbuf__long_formats_are_whole);
	TEST(strbuf__printable_defuses_what_drives_a_terminal);
	TEST(parse_uint__takes_digits_only);
	TEST(utf8__refuses_what_rfc_3629_refuses);
	TEST(utf8__encodes_what_it_decodes);
	TEST(arena__bounds_the_sum);
	TEST(arena__large_blocks_leave_the_small_one_in_use);
	TEST(strmap__keeps_order_and_finds_all);
	TEST(clock__times_read_back);
	TEST(digest__matches_the_published_values);
	TEST(base64__there_and_back);
	TEST(error__speaks_once_and_grows_by_prefixes);
	TEST(finding__points_at_the_place);
	TEST(finding__more_than_the_limit_are_counted);
	TEST(finding__order_is_by_place);
	TEST(nearest_word__is_near_or_nothing);
	TEST(file__atomic_writes_leave_old_or_new);
	TEST(file__a_limit_is_an_error);
	return test_done();
}
