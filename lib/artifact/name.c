#include "base/base.h"
#include "artifact/name.h"

#include "base/finding.h"

/*
 * All suffixes. A longer one stands before those that it ends in, if any did:
 * none does today ("_lambdainput.json" does not end in "_input.json").
 */
static const struct suffix {
	enum artifact_kind kind;
	enum artifact_role role;
	const char *word; /* between '_' and ".json" */
	const char *suffix;
} suffixes[] = {
	{ KIND_ECS, ROLE_DEFINITION, "svcdef", "_svcdef.json" },
	{ KIND_ECS, ROLE_TASK_DEFINITION, "taskdef", "_taskdef.json" },
	{ KIND_ECS, ROLE_SETTINGS, "depdef", "_depdef.json" },
	{ KIND_ECS, ROLE_INPUT, "input", "_input.json" },
	{ KIND_LAMBDA, ROLE_DEFINITION, "lambdadef", "_lambdadef.json" },
	{ KIND_LAMBDA, ROLE_EVENT_SOURCES, "lambdaeventsourcedef", "_lambdaeventsourcedef.json" },
	{ KIND_LAMBDA, ROLE_SETTINGS, "lambdadepdef", "_lambdadepdef.json" },
	{ KIND_LAMBDA, ROLE_INPUT, "lambdainput", "_lambdainput.json" },
};

/*
 * What people also call them. Compared without separators and case. Names
 * that other tools use for files of their own are not sure.
 */
static const struct alias {
	const char *word, *means;
	bool sure;
} aliases[] = {
	{ "servicedef", "svcdef", true },
	{ "servicedefinition", "svcdef", false },
	{ "svcdefinition", "svcdef", true },
	{ "svc", "svcdef", false },
	{ "taskdefinition", "taskdef", false },
	{ "deploydef", "depdef", true },
	{ "deploymentdef", "depdef", true },
	{ "inputs", "input", false },
	{ "lambdadefinition", "lambdadef", true },
	{ "functiondef", "lambdadef", false },
	{ "lambdadeploydef", "lambdadepdef", true },
	{ "lambdaeventsource", "lambdaeventsourcedef", true },
	{ "lambdaeventdef", "lambdaeventsourcedef", true },
	{ "lambdainputs", "lambdainput", true },
};

static const char json_ending[] = ".json";
#define JSON_LEN (sizeof(json_ending) - 1)
#define WORD_MAX 64

bool artifact_name(const char *path, struct artifact_name *name)
{
	size_t len = strlen(path), word_len, i;
	const char *end, *word;

	if (len <= JSON_LEN || memcmp(path + len - JSON_LEN, json_ending, JSON_LEN) != 0)
		return false;
	end = path + len - JSON_LEN;
	for (word = end; word > path && word[-1] != '_' && word[-1] != '/'; word--)
		;
	if (word == path || word[-1] != '_')
		return false;
	word_len = (size_t)(end - word);
	for (i = 0; i < ARRAY_SIZE(suffixes); i++) {
		const struct suffix *s = &suffixes[i];

		if (strncmp(word, s->word, word_len) != 0 || s->word[word_len])
			continue;
		*name = (struct artifact_name){ .kind = s->kind,
						.role = s->role,
						.suffix = s->suffix,
						.prefix_len = (size_t)(word - 1 - path) };
		return true;
	}
	return false;
}

const char *artifact_kind_name(enum artifact_kind kind)
{
	return kind == KIND_ECS ? "ecs" : "lambda";
}

const char *artifact_suffix(enum artifact_kind kind, enum artifact_role role)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(suffixes); i++)
		if (suffixes[i].kind == kind && suffixes[i].role == role)
			return suffixes[i].suffix;
	return NULL;
}

static bool is_separator(char c)
{
	return c == '_' || c == '-' || c == '.' || c == ' ';
}

static const struct suffix *by_word(const char *word)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(suffixes); i++)
		if (str_eq(suffixes[i].word, word))
			return &suffixes[i];
	BUG("no suffix '%s'", word);
}

/*
 * How many edits a word may be away from one of that length. The short ones
 * are near to ordinary words, so that their last edit is not sure.
 */
static unsigned max_distance(size_t len)
{
	return len <= 5 ? 1 : len <= 11 ? 2 : 3;
}

static unsigned sure_distance(size_t len)
{
	return len <= 5 ? 0 : len <= 6 ? 1 : max_distance(len);
}

struct guess {
	const struct suffix *suffix;
	unsigned distance;
	bool sure;
};

/* The suffix that `word` (lower case, no separators) is nearest to. */
static bool guess_word(const char *word, struct guess *guess)
{
	size_t len = strlen(word), i;
	bool found = false;

	for (i = 0; i < ARRAY_SIZE(aliases); i++) {
		if (str_eq(aliases[i].word, word)) {
			*guess = (struct guess){ by_word(aliases[i].means), 0, aliases[i].sure };
			return true;
		}
	}
	for (i = 0; i < ARRAY_SIZE(suffixes); i++) {
		const struct suffix *s = &suffixes[i];
		size_t own_len = strlen(s->word);
		unsigned max = max_distance(own_len);
		unsigned d = edit_distance(word, len, s->word, own_len, max);

		if (d > max || (found && d >= guess->distance))
			continue;
		*guess = (struct guess){ s, d, d <= sure_distance(own_len) };
		found = true;
	}
	return found;
}

bool artifact_near_miss(const char *path, struct artifact_near_miss *miss)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path, *end, *p;
	struct guess best = { NULL, 0, false };
	struct artifact_name name;
	const char *prefix_end = NULL;
	char word[WORD_MAX + 1];
	size_t len = strlen(base), n = 0;

	if (len <= JSON_LEN || strcasecmp(base + len - JSON_LEN, json_ending) != 0 ||
	    artifact_name(path, &name))
		return false;
	end = base + len - JSON_LEN;

	/* the word grows to the left over one separator after the other: "def", "lambda_def" */
	memset(word, 0, sizeof(word));
	for (p = end; p > base && n < WORD_MAX; p--) {
		struct guess guess;

		if (!is_separator(p[-1])) {
			memmove(word + 1, word, n++);
			word[0] = (char)tolower((unsigned char)p[-1]);
			continue;
		}
		if (!n || is_separator(*p) || !guess_word(word, &guess))
			continue;
		/* a longer word that fits as well says more: "lambda_def", not "def" */
		if (best.suffix && guess.distance > best.distance)
			continue;
		best = guess;
		prefix_end = p - 1;
	}
	/* a name that is not set apart: nginxTaskDef.json */
	if (!best.suffix && n && n < WORD_MAX) {
		size_t i, found = 0;

		for (i = 0; i < ARRAY_SIZE(suffixes); i++) {
			size_t own_len = strlen(suffixes[i].word);

			if (own_len <= 5 || own_len > n || own_len < found ||
			    !str_eq(word + n - own_len, suffixes[i].word))
				continue;
			found = own_len;
			best = (struct guess){ &suffixes[i], 0, false };
			prefix_end = end;
		}
		/* the word lost its separators: walk back over as many characters of the name */
		while (found) {
			prefix_end--;
			if (!is_separator(*prefix_end))
				found--;
		}
	}
	/* none at all: task-definition.json */
	if (!best.suffix && n > 6 && n < WORD_MAX && guess_word(word, &best)) {
		best.sure = false;
		prefix_end = base;
	}
	if (!best.suffix)
		return false;
	while (prefix_end > base && is_separator(prefix_end[-1]))
		prefix_end--;
	*miss = (struct artifact_near_miss){ .suffix = best.suffix->suffix,
					     .prefix_len = (size_t)(prefix_end - path),
					     .sure = best.sure && prefix_end > base };
	return true;
}
