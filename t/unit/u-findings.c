#include "base/base.h"
#include "base/utf8.h"
#include "ui/findings.h"
#include "tap.h"

static struct finding *add_at(struct findings *fs, const char *text, size_t offset, size_t len)
{
	struct finding *f = findings_add(fs, SEVERITY_ERROR, "some-rule", "a/b_svcdef.json",
					 "undefined variable '%s'", "nmae");

	finding_at(f, text, strlen(text), offset, len);
	return f;
}

static void check_text(struct findings *fs, unsigned width, bool colour, const char *want)
{
	struct findings_style style = { .width = width, .colour = colour };
	struct strbuf out = STRBUF_INIT;

	findings_text(&out, fs, &style);
	check_str(out.buf, want);
	strbuf_release(&out);
	findings_release(fs);
}

static void test_findings__text_shows_the_line_with_a_caret(void)
{
	struct findings fs = FINDINGS_INIT;

	finding_hint(add_at(&fs, "{\n  \"x\": \"{{ nmae }}\"\n}\n", 13, 4), "did you mean '%s'?",
		     "name");
	check_text(&fs, 0, false,
		   "a/b_svcdef.json:2:12: error: undefined variable 'nmae' [some-rule]\n"
		   "    2 |   \"x\": \"{{ nmae }}\"\n"
		   "      |            ^~~~\n"
		   "hint: did you mean 'name'?\n");
}

static void test_findings__colour_changes_no_character(void)
{
	struct findings fs = FINDINGS_INIT;

	add_at(&fs, "{{ nmae }}", 3, 4);
	check_text(
		&fs, 0, true,
		"\033[1ma/b_svcdef.json:1:4: \033[m\033[1;31merror:\033[m undefined variable 'nmae' [some-rule]\n"
		"    1 | {{ nmae }}\n"
		"      |    \033[1;31m^~~~\033[m\n");
}

static void test_findings__tabs_and_wide_characters_keep_the_caret_in_place(void)
{
	struct findings fs = FINDINGS_INIT;

	add_at(&fs, "\t\xe6\x97\xa5\xe6\x9c\xac nmae", 8, 4);
	check_text(&fs, 0, false,
		   "a/b_svcdef.json:1:5: error: undefined variable 'nmae' [some-rule]\n"
		   "    1 |         \xe6\x97\xa5\xe6\x9c\xac nmae\n"
		   "      |              ^~~~\n");
	add_at(&fs, "\xe6\x97\xa5\xe6\x9c\xac", 0, 3);
	check_text(&fs, 0, false,
		   "a/b_svcdef.json:1:1: error: undefined variable 'nmae' [some-rule]\n"
		   "    1 | \xe6\x97\xa5\xe6\x9c\xac\n"
		   "      | ^~\n");
}

static void test_findings__control_characters_are_defused(void)
{
	struct findings fs = FINDINGS_INIT;
	struct finding *f =
		findings_add(&fs, SEVERITY_WARNING, "r", "a\033[2J\n.json", "bad '\033]0;x'");

	finding_at(f, "\033[1mx", 5, 4, 1);
	check_text(&fs, 0, false,
		   "a\\x1b[2J\\x0a.json:1:5: warning: bad '\\x1b]0;x' [r]\n"
		   "    1 | \\x1b[1mx\n"
		   "      |        ^\n");
}

static void test_findings__an_end_of_file_has_its_caret_behind_the_last_character(void)
{
	struct findings fs = FINDINGS_INIT;

	add_at(&fs, "{ \"a\": 1", 8, 1);
	check_text(&fs, 0, false,
		   "a/b_svcdef.json:1:9: error: undefined variable 'nmae' [some-rule]\n"
		   "    1 | { \"a\": 1\n"
		   "      |         ^\n");
	add_at(&fs, "", 0, 1);
	check_text(&fs, 0, false,
		   "a/b_svcdef.json:1:1: error: undefined variable 'nmae' [some-rule]\n"
		   "    1 |\n"
		   "      | ^\n");
}

static void test_findings__a_wide_line_is_cut_around_the_caret(void)
{
	struct findings fs = FINDINGS_INIT;

	add_at(&fs, "0123456789012345678901234567890123456789NMAE0123456789012345678901234567890",
	       40, 4);
	check_text(&fs, 40, false,
		   "a/b_svcdef.json:1:41: error:\n"
		   "    undefined variable 'nmae'\n"
		   "    [some-rule]\n"
		   "    1 | ...4567890123456789NMAE012345...\n"
		   "      |                    ^~~~\n");
}

static void test_findings__no_line_passes_the_width(void)
{
	struct strbuf text = STRBUF_INIT, out = STRBUF_INIT;
	size_t at, len;

	for (at = 0; at < 700; at++)
		strbuf_addch(&text, at % 7 ? 'x' : ' ');
	for (at = 0; at <= 700; at += 13)
		for (len = 1; len < 200; len += 61) {
			struct findings_style style = { .width = FINDINGS_REMOTE_WIDTH };
			struct findings fs = FINDINGS_INIT;
			const char *p;

			test_context("at %zu, %zu wide", at, len);
			finding_hint(add_at(&fs, text.buf, at, len),
				     "a hint that is so long that it takes more than the one line "
				     "that it would like to have, and then still more of it");
			strbuf_reset(&out);
			findings_text(&out, &fs, &style);
			for (p = out.buf; *p; p += strcspn(p, "\n") + 1)
				check_uint(utf8_width(p, strcspn(p, "\n")), <=,
					   (size_t)FINDINGS_REMOTE_WIDTH);
			check(strchr(out.buf, '^'));
			findings_release(&fs);
		}
	strbuf_release(&text);
	strbuf_release(&out);
}

static void test_findings__what_was_dropped_is_counted(void)
{
	struct findings fs = { .max = 1 };
	struct strbuf out = STRBUF_INIT;

	findings_add(&fs, SEVERITY_ERROR, "r", NULL, "one");
	findings_add(&fs, SEVERITY_ERROR, "r", NULL, "two");
	findings_add(&fs, SEVERITY_WARNING, "r", NULL, "three");
	findings_summary(&out, &fs);
	check_str(out.buf, "2 errors, 1 warning");
	strbuf_release(&out);
	check_text(&fs, 0, false, "error: one [r]\n... and 2 more\n");
}

int main(void)
{
	TEST(findings__text_shows_the_line_with_a_caret);
	TEST(findings__colour_changes_no_character);
	TEST(findings__tabs_and_wide_characters_keep_the_caret_in_place);
	TEST(findings__control_characters_are_defused);
	TEST(findings__an_end_of_file_has_its_caret_behind_the_last_character);
	TEST(findings__a_wide_line_is_cut_around_the_caret);
	TEST(findings__no_line_passes_the_width);
	TEST(findings__what_was_dropped_is_counted);
	return test_done();
}
