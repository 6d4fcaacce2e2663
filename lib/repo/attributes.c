#include "repo/internal.h"
#include "repo/pattern.h"

/*
 * The attribute "gitops" of a path, from the .gitattributes files of the
 * snapshot itself: in a bare repository libgit2 looks for them in HEAD or the
 * index, but a push is judged by what it brings. $GIT_DIR/info/attributes,
 * the server's own, comes first. See gitattributes(5).
 *
 * Left out: macros ("[attr]"), and a file of more than 1 MB or lines beyond
 * the first 10,000 about us. What is left out leaves paths to be checked.
 */
#define ATTRIBUTES_MAX_BYTES (1u << 20)
#define ATTRIBUTES_MAX_RULES 10000

struct attribute_rule {
	char *pattern;
	bool name_only; /* no slash in it: matched against the last part */
	bool unset;	/* "-gitops"; else set, a value, or "!gitops" */
};

struct attribute_file {
	struct attribute_rule *rules;
	size_t nr, alloc;
};

/* A pattern in double quotes has C's escapes. Returns what follows it, NULL when it doesn't end. */
static const char *read_pattern(const char *s, const char *end, struct strbuf *pattern)
{
	static const char escapes[] = "a\ab\bf\fn\nr\rt\tv\v\\\\\"\"";
	size_t i;

	strbuf_reset(pattern);
	if (s == end || *s != '"') {
		const char *start = s;

		while (s < end && *s != ' ' && *s != '\t')
			s++;
		strbuf_add(pattern, start, (size_t)(s - start));
		return s;
	}
	for (s++; s < end && *s != '"'; s++) {
		if (*s != '\\') {
			strbuf_addch(pattern, *s);
			continue;
		}
		if (++s == end)
			return NULL;
		if (end - s > 2 && *s >= '0' && *s <= '3') {
			strbuf_addch(pattern,
				     (char)((s[0] & 7) << 6 | (s[1] & 7) << 3 | (s[2] & 7)));
			s += 2;
			continue;
		}
		for (i = 0; escapes[i] && escapes[i] != *s; i += 2)
			;
		if (!escapes[i])
			return NULL;
		strbuf_addch(pattern, escapes[i + 1]);
	}
	return s < end ? s + 1 : NULL;
}

/* The last word about us on the line counts. */
static bool about_us(const char *s, const char *end, bool *unset)
{
	bool found = false;

	while (s < end) {
		const char *word;
		size_t len;

		while (s < end && (*s == ' ' || *s == '\t' || *s == '\r'))
			s++;
		word = s;
		while (s < end && *s != ' ' && *s != '\t' && *s != '\r')
			s++;
		len = (size_t)(s - word);
		if (len == 7 && !memcmp(word, "-gitops", 7)) {
			found = *unset = true;
		} else if ((len == 7 && !memcmp(word, "!gitops", 7)) ||
			   (len == 6 && !memcmp(word, "gitops", 6)) ||
			   (len > 6 && !memcmp(word, "gitops=", 7))) {
			found = true;
			*unset = false;
		}
	}
	return found;
}

static void add_rule(struct attribute_file *file, const char *pattern, bool unset)
{
	struct attribute_rule *rule;
	size_t len = strlen(pattern);

	/* '!' is not allowed here, and what ends in '/' means a directory: no file matches. */
	if (!len || pattern[0] == '!' || pattern[len - 1] == '/')
		return;
	ALLOC_GROW(file->rules, file->nr + 1, file->alloc);
	rule = &file->rules[file->nr++];
	rule->name_only = !strchr(pattern, '/');
	rule->pattern = xstrdup(pattern[0] == '/' ? pattern + 1 : pattern);
	rule->unset = unset;
}

static void parse(struct attribute_file *file, const char *text, size_t len)
{
	struct strbuf pattern = STRBUF_INIT;
	const char *end = text + len;

	while (text < end && file->nr < ATTRIBUTES_MAX_RULES) {
		const char *eol = memchr(text, '\n', (size_t)(end - text)), *s = text;
		bool unset;

		if (!eol)
			eol = end;
		while (s < eol && (*s == ' ' || *s == '\t'))
			s++;
		if (s < eol && *s != '#' && (s = read_pattern(s, eol, &pattern)) &&
		    about_us(s, eol, &unset))
			add_rule(file, pattern.buf, unset);
		text = eol + 1;
	}
	strbuf_release(&pattern);
}

static struct attribute_file *load_directory(struct snapshot *s, const char *dir, size_t len)
{
	struct attribute_file *file = xcalloc(1, sizeof(*file));
	struct strbuf text = STRBUF_INIT_MAX(ATTRIBUTES_MAX_BYTES);
	struct error err = ERROR_INIT;
	struct file_entry entry;
	char *path = xstrfmt("%.*s%s.gitattributes", (int)len, dir, len ? "/" : "");

	/* What can't be read is reported by whoever reads the files next to it. */
	if (snapshot_get(s, path, &entry, &err) > 0 && (entry.mode & 0170000) == 0100000 &&
	    !snapshot_read(s, &entry, ATTRIBUTES_MAX_BYTES, &text, &err))
		parse(file, text.buf, text.len);
	error_release(&err);
	strbuf_release(&text);
	free(path);
	return file;
}

static struct attribute_file *load_info(struct snapshot *s)
{
	struct attribute_file *file = xcalloc(1, sizeof(*file));
	struct strbuf text = STRBUF_INIT_MAX(ATTRIBUTES_MAX_BYTES);
	struct error err = ERROR_INIT;
	char *path = xstrfmt("%s/info/attributes", repo_git_dir(s->repo));

	if (!file_read(path, &text, &err))
		parse(file, text.buf, text.len);
	error_release(&err);
	strbuf_release(&text);
	free(path);
	return file;
}

/* True when a rule decides, by the last one that matches. */
static bool decide(const struct attribute_file *file, const char *path, bool *unset)
{
	const char *slash = file->nr ? strrchr(path, '/') : NULL;
	size_t i;

	for (i = file->nr; i; i--) {
		const struct attribute_rule *rule = &file->rules[i - 1];

		if (!pattern_match(rule->pattern, rule->name_only && slash ? slash + 1 : path))
			continue;
		*unset = rule->unset;
		return true;
	}
	return false;
}

bool snapshot_path_ignored(struct snapshot *s, const char *path)
{
	size_t len = strlen(path);
	bool unset = false;

	if (!s->info_attributes)
		s->info_attributes = load_info(s);
	if (decide(s->info_attributes, path, &unset))
		return unset;
	do {
		struct attribute_file *file;

		while (len && path[len - 1] != '/')
			len--;
		if (len)
			len--;
		file = strmap_getn(&s->attributes, path, len);
		if (!file) {
			file = load_directory(s, path, len);
			strmap_putn(&s->attributes, path, len, file);
		}
		if (decide(file, len ? path + len + 1 : path, &unset))
			return unset;
	} while (len);
	return false;
}

static void free_file(void *data)
{
	struct attribute_file *file = data;
	size_t i;

	if (!file)
		return;
	for (i = 0; i < file->nr; i++)
		free(file->rules[i].pattern);
	free(file->rules);
	free(file);
}

void attributes_release(struct snapshot *s)
{
	free_file(s->info_attributes);
	strmap_release(&s->attributes, free_file);
}
