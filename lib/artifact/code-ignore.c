#include "base/base.h"
#include "artifact/code.h"

#include "repo/pattern.h"

/* Lines beyond these are not looked at: a push can't make a path cost more. */
#define RULES_MAX 1000

struct ignore_rule {
	char *pattern;
	bool negated;	/* "!pattern": not ignored after all */
	bool directory; /* "pattern/" */
	bool name_only; /* no slash in it: matched against the last part */
};

struct code_ignore {
	struct ignore_rule *rules;
	size_t nr, alloc;
};

/* Blanks at the end don't count, unless a backslash stands before them. */
static size_t without_blanks(const char *line, size_t len)
{
	while (len && (line[len - 1] == ' ' || line[len - 1] == '\t') &&
	       !(len > 1 && line[len - 2] == '\\'))
		len--;
	return len;
}

static void add_rule(struct code_ignore *ignore, const char *line, size_t len)
{
	struct ignore_rule rule = { 0 };

	if (len && line[len - 1] == '\r')
		len--;
	len = without_blanks(line, len);
	if (!len || *line == '#' || memchr(line, '\0', len) || ignore->nr >= RULES_MAX)
		return;
	if (*line == '!') {
		rule.negated = true;
		line++;
		len--;
	}
	if (len && line[len - 1] == '/') {
		rule.directory = true;
		len--;
	}
	if (!len)
		return;
	rule.name_only = !memchr(line, '/', len);
	if (*line == '/') {
		line++;
		len--;
	}
	if (!len)
		return;
	rule.pattern = xmemdupz(line, len);
	ALLOC_GROW(ignore->rules, ignore->nr + 1, ignore->alloc);
	ignore->rules[ignore->nr++] = rule;
}

struct code_ignore *code_ignore_parse(const char *text, size_t len)
{
	struct code_ignore *ignore = xcalloc(1, sizeof(*ignore));
	const char *end = text + len;

	if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
		text += 3;
	while (text < end) {
		const char *eol = memchr(text, '\n', (size_t)(end - text));

		if (!eol)
			eol = end;
		add_rule(ignore, text, (size_t)(eol - text));
		text = eol + 1;
	}
	return ignore;
}

void code_ignore_free(struct code_ignore *ignore)
{
	size_t i;

	if (!ignore)
		return;
	for (i = 0; i < ignore->nr; i++)
		free(ignore->rules[i].pattern);
	free(ignore->rules);
	free(ignore);
}

/* Of the path itself, its directories aside: the last rule that matches decides. */
static bool matches(const struct code_ignore *ignore, const char *path, bool directory)
{
	const char *slash = strrchr(path, '/');
	size_t i;

	for (i = ignore->nr; i; i--) {
		const struct ignore_rule *rule = &ignore->rules[i - 1];

		if ((!rule->directory || directory) &&
		    pattern_match(rule->pattern, rule->name_only && slash ? slash + 1 : path))
			return !rule->negated;
	}
	return false;
}

/* From the top down: what is in an ignored directory can't be taken back. */
bool code_ignored(const struct code_ignore *ignore, const char *path)
{
	char *part;
	char *slash;
	bool ret = false;

	if (!ignore || !ignore->nr)
		return false;
	part = xstrdup(path);
	for (slash = strchr(part, '/'); slash && !ret; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		ret = matches(ignore, part, true);
		*slash = '/';
	}
	ret = ret || matches(ignore, path, false);
	free(part);
	return ret;
}
