#include "base/base.h"
#include "repo/pattern.h"
#include "tap.h"

static void test_pattern__matches_as_git_does(void)
{
	static const struct {
		const char *pattern, *path;
		bool matches;
	} cases[] = {
		{ "a", "a", true },
		{ "a", "b", false },
		{ "a", "a/b", false },
		{ "a/b", "a", false },
		{ "", "", true },
		{ "", "a", false },
		{ "*", "abc", true },
		{ "*", "a/b", false },
		{ "*.json", "x.json", true },
		{ "*.json", "x.jso", false },
		{ "a*b*c", "aXbYbZc", true },
		{ "a*b*c", "aXbYbZ", false },
		{ "a/*/c", "a/b/c", true },
		{ "a/*/c", "a/b/b/c", false },
		{ "a/*", "a/", true },
		{ "?", "a", true },
		{ "?", "", false },
		{ "a?c", "a/c", false },
		{ "**", "a", true },
		{ "**", "a/b/c", true },
		{ "**/x", "x", true },
		{ "**/x", "a/b/x", true },
		{ "**/x", "a/bx", false },
		{ "docs/**", "docs/a", true },
		{ "docs/**", "docs/a/b", true },
		{ "docs/**", "docs", false },
		{ "docs/**", "docs2/a", false },
		{ "a/**/b", "a/b", true },
		{ "a/**/b", "a/x/b", true },
		{ "a/**/b", "a/x/y/b", true },
		{ "a/**/b", "a/xb", false },
		{ "a/**/b/**/c", "a/b/b/x/c", true },
		{ "a/**/b/**/c", "a/x/c", false },
		{ "a**b", "axxb", true },
		{ "a**b", "ax/xb", false },
		{ "[abc]", "b", true },
		{ "[a-c]x", "bx", true },
		{ "[!a-c]", "b", false },
		{ "[^a-c]", "d", true },
		{ "[]]", "]", true },
		{ "[]-]", "-", true },
		{ "[a-]", "-", true },
		{ "[[:digit:]]*", "1x", true },
		{ "[[:alpha:]]", "1", false },
		{ "[\\]]", "]", true },
		{ "[a", "a", false },
		{ "[", "[", false },
		{ "[!", "a", false },
		{ "\\*", "*", true },
		{ "\\*", "a", false },
		{ "a\\", "a", false },
		{ "*[xy]z*", "aaxzb", true },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		test_context("'%s' on '%s'", cases[i].pattern, cases[i].path);
		check_int(pattern_match(cases[i].pattern, cases[i].path), ==, cases[i].matches);
	}
}

static void test_pattern__many_stars_end_in_time(void)
{
	char pattern[4001], path[4001];
	size_t i;

	for (i = 0; i + 1 < sizeof(pattern) - 1; i += 2)
		memcpy(pattern + i, "*a", 2);
	pattern[i - 1] = 'b';
	pattern[i] = '\0';
	memset(path, 'a', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	check_int(pattern_match(pattern, path), ==, false);
	for (i = 0; i + 5 < sizeof(pattern) - 1; i += 5)
		memcpy(pattern + i, "**/a/", 5);
	memcpy(pattern + i, "b", 2);
	for (i = 1; i < sizeof(path) - 1; i += 2)
		path[i] = '/';
	check_int(pattern_match(pattern, path), ==, false);
}

int main(void)
{
	TEST(pattern__matches_as_git_does);
	TEST(pattern__many_stars_end_in_time);
	return test_done();
}
