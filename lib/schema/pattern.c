#include "base/base.h"
#include "schema/internal.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/*
 * AWS writes its patterns in the dialect of Java, which PCRE2 speaks. Each is
 * compiled when it is first needed and kept: they are few, and a process that
 * checks one artifact checks ten thousand. Matching is bounded, since the
 * text is whatever was pushed.
 */
#define MATCH_LIMIT 100000

struct schema_matcher {
	pcre2_code *codes[SCHEMA_PATTERNS];
	pcre2_match_context *context;
	pcre2_match_data *match;
};

struct schema_matcher *schema_matcher_new(void)
{
	return xcalloc(1, sizeof(struct schema_matcher));
}

void schema_matcher_free(struct schema_matcher *matcher)
{
	size_t i;

	if (!matcher)
		return;
	for (i = 0; i < ARRAY_SIZE(matcher->codes); i++)
		pcre2_code_free(matcher->codes[i]);
	pcre2_match_data_free(matcher->match);
	pcre2_match_context_free(matcher->context);
	free(matcher);
}

static pcre2_code *compiled(struct schema_matcher *matcher, unsigned pattern)
{
	pcre2_code **code = &matcher->codes[pattern];
	PCRE2_SIZE offset;
	int error;

	if (!*code) {
		const char *text = schema_strings + schema_patterns[pattern];

		*code = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED,
				      PCRE2_UTF | PCRE2_ANCHORED | PCRE2_ENDANCHORED |
					      PCRE2_DOLLAR_ENDONLY | PCRE2_NO_AUTO_CAPTURE,
				      &error, &offset, NULL);
		if (!*code)
			BUG("pattern '%s' does not compile (%d at %zu)", text, error, offset);
	}
	return *code;
}

bool schema_pattern_matches(struct schema_matcher *matcher, unsigned pattern, const char *s,
			    size_t len)
{
	int result;

	if (!matcher->context) {
		matcher->context = pcre2_match_context_create(NULL);
		matcher->match = pcre2_match_data_create(1, NULL);
		if (!matcher->context || !matcher->match)
			BUG("pcre2: out of memory");
		pcre2_set_match_limit(matcher->context, MATCH_LIMIT);
		pcre2_set_depth_limit(matcher->context, MATCH_LIMIT);
	}
	result = pcre2_match(compiled(matcher, pattern), (PCRE2_SPTR)s, len, 0, 0, matcher->match,
			     matcher->context);
	return result != PCRE2_ERROR_NOMATCH;
}
