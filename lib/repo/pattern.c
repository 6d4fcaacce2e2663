#include "repo/internal.h"
#include "repo/pattern.h"

static bool in_class(const char *name, size_t len, unsigned char c)
{
	static const struct {
		const char *name;
		int (*is)(int);
	} classes[] = {
		{ "alnum", isalnum }, { "alpha", isalpha },   { "cntrl", iscntrl },
		{ "digit", isdigit }, { "graph", isgraph },   { "lower", islower },
		{ "print", isprint }, { "punct", ispunct },   { "space", isspace },
		{ "upper", isupper }, { "xdigit", isxdigit },
	};
	size_t i;

	if (len == 5 && !memcmp(name, "blank", 5))
		return c == ' ' || c == '\t';
	for (i = 0; i < ARRAY_SIZE(classes); i++)
		if (strlen(classes[i].name) == len && !memcmp(classes[i].name, name, len))
			return classes[i].is(c);
	return false;
}

/*
 * The set that starts at `s` ('[' itself) against `c`. Returns what follows
 * its ']', or NULL when it has none: then nothing matches, as in git.
 */
static const char *match_set(const char *s, const char *end, unsigned char c, bool *matches)
{
	bool negated = false, found = false, first = true;

	if (++s < end && (*s == '!' || *s == '^')) {
		negated = true;
		s++;
	}
	for (; s < end && (first || *s != ']'); first = false) {
		unsigned char low, high;

		if (*s == '[' && s + 1 < end && s[1] == ':') {
			const char *name = s + 2, *close = name;

			while (close < end && *close != ':' && *close != ']')
				close++;
			if (close + 1 < end && close[0] == ':' && close[1] == ']') {
				found |= in_class(name, (size_t)(close - name), c);
				s = close + 2;
				continue;
			}
		}
		if (*s == '\\' && s + 1 < end)
			s++;
		low = high = (unsigned char)*s++;
		if (s + 1 < end && *s == '-' && s[1] != ']') {
			s++;
			if (*s == '\\' && s + 1 < end)
				s++;
			high = (unsigned char)*s++;
		}
		found |= low <= c && c <= high;
	}
	if (s >= end)
		return NULL;
	*matches = found != negated;
	return s + 1;
}

/* One part of a path; a star goes back to the last star only. */
static bool match_part(const char *p, const char *p_end, const char *s, const char *s_end)
{
	const char *star = NULL, *star_s = NULL;

	while (s < s_end || p < p_end) {
		bool matches = false;
		const char *next = p;

		if (p < p_end && *p == '*') {
			star = ++p;
			star_s = s;
			continue;
		}
		if (p < p_end && s < s_end) {
			if (*p == '?') {
				matches = true;
				next = p + 1;
			} else if (*p == '[') {
				next = match_set(p, p_end, (unsigned char)*s, &matches);
				if (!next)
					return false;
			} else {
				if (*p == '\\' && p + 1 < p_end)
					next++;
				matches = *next == *s;
				next++;
			}
		}
		if (matches) {
			p = next;
			s++;
			continue;
		}
		if (!star || star_s >= s_end)
			return false;
		p = star;
		s = ++star_s;
	}
	return true;
}

static const char *part_end(const char *s)
{
	return s + strcspn(s, "/");
}

/* The part after the one that ends at `end`, or NULL behind the last one. */
static const char *next_part(const char *end)
{
	return *end ? end + 1 : NULL;
}

bool pattern_match(const char *pattern, const char *path)
{
	const char *p = pattern, *s = path, *stars = NULL, *stars_s = NULL;

	/* The same again, with parts for characters. */
	while (s || p) {
		const char *p_end = p ? part_end(p) : NULL;

		if (p && p_end - p == 2 && p[0] == '*' && p[1] == '*') {
			p = next_part(p_end);
			/* At the end it stands for at least one part. */
			if (!p)
				return s != NULL;
			stars = p;
			stars_s = s;
			continue;
		}
		if (p && s && match_part(p, p_end, s, part_end(s))) {
			p = next_part(p_end);
			s = next_part(part_end(s));
			continue;
		}
		if (!stars || !stars_s)
			return false;
		stars_s = next_part(part_end(stars_s));
		if (!stars_s)
			return false;
		p = stars;
		s = stars_s;
	}
	return true;
}
