#include "repo/internal.h"

/*
 * Configuration is what git would say: libgit2 reads the files (system,
 * XDG, global, the repository's, includes), and here comes what it does not
 * know: GIT_CONFIG_GLOBAL, GIT_CONFIG_SYSTEM, GIT_CONFIG_NOSYSTEM, and the
 * settings of `git -c key=value` and GIT_CONFIG_COUNT, which win.
 */
struct config_override {
	char *key;   /* section and variable in lower case */
	char *value; /* NULL: a key without '=', true */
};

/* Case matters in the subsection only: core.Foo.BAR is core.Foo.bar. */
static char *normal_key(const char *key)
{
	char *copy = xstrdup(key), *s;
	const char *first = strchr(key, '.'), *last = strrchr(key, '.');

	for (s = copy; *s; s++)
		if (!first || s - copy < first - key || s - copy > last - key)
			*s = (char)tolower((unsigned char)*s);
	return copy;
}

static void add_override(struct repo *repo, const char *key, const char *value)
{
	struct config_override *o;

	if (!*key)
		return;
	repo->overrides = xreallocarray(repo->overrides, repo->overrides_nr + 1, sizeof(*o));
	o = &repo->overrides[repo->overrides_nr++];
	o->key = normal_key(key);
	o->value = xstrdup_or_null(value);
}

/* 'it'\''s' as git quotes for the shell. Returns what follows, or NULL when it is no such thing. */
static const char *unquote(const char *s, struct strbuf *out)
{
	strbuf_reset(out);
	if (*s++ != '\'')
		return NULL;
	for (;;) {
		const char *end = strchr(s, '\'');

		if (!end)
			return NULL;
		strbuf_add(out, s, (size_t)(end - s));
		s = end + 1;
		if (s[0] != '\\' || (s[1] != '\'' && s[1] != '!') || s[2] != '\'')
			return s;
		strbuf_addch(out, s[1]);
		s += 3;
	}
}

/* GIT_CONFIG_PARAMETERS: 'key'='value' (git 2.31 and later) or 'key=value'. */
static void read_parameters(struct repo *repo, const char *s)
{
	struct strbuf key = STRBUF_INIT, value = STRBUF_INIT;

	while (s && *s) {
		s += strspn(s, " ");
		if (!*s || !(s = unquote(s, &key)))
			break;
		if (*s == '=') {
			s++;
			if (*s != '\'') {
				add_override(repo, key.buf, NULL);
				continue;
			}
			if (!(s = unquote(s, &value)))
				break;
			add_override(repo, key.buf, value.buf);
		} else {
			char *eq = strchr(key.buf, '=');

			if (eq)
				*eq = '\0';
			add_override(repo, key.buf, eq ? eq + 1 : NULL);
		}
	}
	strbuf_release(&key);
	strbuf_release(&value);
}

static void read_count(struct repo *repo)
{
	const char *count = getenv("GIT_CONFIG_COUNT");
	uint64_t nr, i;

	if (!count || !parse_uint(count, 0, 10000, &nr))
		return;
	for (i = 0; i < nr; i++) {
		char name[48];
		const char *key, *value;

		snprintf(name, sizeof(name), "GIT_CONFIG_KEY_%" PRIu64, i);
		key = getenv(name);
		snprintf(name, sizeof(name), "GIT_CONFIG_VALUE_%" PRIu64, i);
		value = getenv(name);
		if (key && value)
			add_override(repo, key, value);
	}
}

static bool env_true(const char *name)
{
	const char *value = getenv(name);

	return value && *value && strcasecmp(value, "0") && strcasecmp(value, "false") &&
	       strcasecmp(value, "no") && strcasecmp(value, "off");
}

/*
 * libgit2 can't leave a level out of a repository's configuration, so it is
 * put together here when that is asked for, by the environment or by `local`.
 */
static git_config *assemble(struct repo *repo, bool local)
{
	const char *system = getenv("GIT_CONFIG_SYSTEM"), *global = getenv("GIT_CONFIG_GLOBAL");
	bool no_system = env_true("GIT_CONFIG_NOSYSTEM");
	git_config *config = NULL, *all = NULL;
	git_buf path = { 0 };
	char *file;

	if (local && !system && !global && !no_system) {
		if (git_repository_config_snapshot(&config, repo->git) < 0)
			return NULL;
		return config;
	}
	if (git_config_new(&all) < 0)
		return NULL;
	if (!no_system) {
		if (system)
			git_config_add_file_ondisk(all, system, GIT_CONFIG_LEVEL_SYSTEM, repo->git,
						   0);
		else if (!git_config_find_system(&path))
			git_config_add_file_ondisk(all, path.ptr, GIT_CONFIG_LEVEL_SYSTEM,
						   repo->git, 0);
		git_buf_dispose(&path);
	}
	if (global) {
		git_config_add_file_ondisk(all, global, GIT_CONFIG_LEVEL_GLOBAL, repo->git, 0);
	} else {
		if (!git_config_find_xdg(&path))
			git_config_add_file_ondisk(all, path.ptr, GIT_CONFIG_LEVEL_XDG, repo->git,
						   0);
		git_buf_dispose(&path);
		if (!git_config_find_global(&path))
			git_config_add_file_ondisk(all, path.ptr, GIT_CONFIG_LEVEL_GLOBAL,
						   repo->git, 0);
		git_buf_dispose(&path);
	}
	if (local) {
		file = xstrfmt("%s/config", repo->git_dir);
		git_config_add_file_ondisk(all, file, GIT_CONFIG_LEVEL_LOCAL, repo->git, 0);
		free(file);
	}
	if (git_config_snapshot(&config, all) < 0)
		config = NULL;
	git_config_free(all);
	return config;
}

static void read_overrides(struct repo *repo)
{
	if (repo->overrides_read)
		return;
	repo->overrides_read = true;
	read_parameters(repo, getenv("GIT_CONFIG_PARAMETERS"));
	read_count(repo);
}

static void config_ready(struct repo *repo)
{
	if (repo->config_tried)
		return;
	repo->config_tried = true;
	read_overrides(repo);
	/* A file that can't be parsed makes all settings unset, as if there were none. */
	repo->config = assemble(repo, true);
	git_error_clear();
}

void config_release(struct repo *repo)
{
	size_t i;

	for (i = 0; i < repo->overrides_nr; i++) {
		free(repo->overrides[i].key);
		free(repo->overrides[i].value);
	}
	free(repo->overrides);
	git_config_free(repo->config);
}

static const struct config_override *find_override(struct repo *repo, const char *key)
{
	const struct config_override *found = NULL;
	char *normal;
	size_t i;

	config_ready(repo);
	if (!repo->overrides_nr)
		return NULL;
	normal = normal_key(key);
	for (i = 0; i < repo->overrides_nr; i++)
		if (str_eq(repo->overrides[i].key, normal))
			found = &repo->overrides[i];
	free(normal);
	return found;
}

const char *repo_config_str(struct repo *repo, const char *key)
{
	const struct config_override *o = find_override(repo, key);
	const char *value = NULL;

	if (o)
		return o->value ? o->value : "true";
	if (!repo->config || git_config_get_string(&value, repo->config, key) < 0)
		value = NULL;
	git_error_clear();
	return value;
}

bool repo_config_bool(struct repo *repo, const char *key, bool fallback)
{
	const char *value = repo_config_str(repo, key);
	int parsed;

	/* An empty value is false in git, a key alone true. */
	if (!value || git_config_parse_bool(&parsed, value) < 0) {
		git_error_clear();
		return fallback;
	}
	return parsed;
}

int64_t repo_config_int(struct repo *repo, const char *key, int64_t fallback)
{
	const char *value = repo_config_str(repo, key);
	int64_t parsed;

	if (!value || git_config_parse_int64(&parsed, value) < 0) {
		git_error_clear();
		return fallback;
	}
	return parsed;
}

struct all_values {
	char **v;
	size_t nr, alloc;
};

static int add_value(const git_config_entry *entry, void *data)
{
	struct all_values *all = data;

	ALLOC_GROW(all->v, all->nr + 1, all->alloc);
	all->v[all->nr++] = xstrdup(entry->value ? entry->value : "true");
	return 0;
}

static const char **collect(struct repo *repo, const git_config *config, const char *key,
			    size_t *nr)
{
	struct all_values all = { 0 };
	size_t i, bytes = 0;
	const char **block;
	char *normal, *text;

	if (config)
		git_config_get_multivar_foreach(config, key, NULL, add_value, &all);
	git_error_clear();
	normal = normal_key(key);
	for (i = 0; i < repo->overrides_nr; i++) {
		git_config_entry entry = { 0 };

		entry.value = repo->overrides[i].value;
		if (str_eq(repo->overrides[i].key, normal))
			add_value(&entry, &all);
	}
	free(normal);

	for (i = 0; i < all.nr; i++)
		bytes += strlen(all.v[i]) + 1;
	block = xmalloc((all.nr + 1) * sizeof(*block) + bytes);
	text = (char *)(block + all.nr + 1);
	for (i = 0; i < all.nr; i++) {
		size_t len = strlen(all.v[i]) + 1;

		memcpy(text, all.v[i], len);
		block[i] = text;
		text += len;
		free(all.v[i]);
	}
	block[all.nr] = NULL;
	free(all.v);
	*nr = all.nr;
	return block;
}

const char **repo_config_all(struct repo *repo, const char *key, size_t *nr)
{
	config_ready(repo);
	return collect(repo, repo->config, key, nr);
}

const char **config_protected(struct repo *repo, const char *key, size_t *nr)
{
	git_config *config = assemble(repo, false);
	const char **values;

	read_overrides(repo);
	values = collect(repo, config, key, nr);
	git_config_free(config);
	return values;
}

void repo_config_each(struct repo *repo, const char *prefix, repo_config_fn *fn, void *data)
{
	git_config_iterator *it = NULL;
	git_config_entry *entry;
	size_t i;

	config_ready(repo);
	if (repo->config && !git_config_iterator_new(&it, repo->config))
		while (!git_config_next(&entry, it))
			if (starts_with(entry->name, prefix))
				fn(entry->name, entry->value ? entry->value : "true", data);
	git_config_iterator_free(it);
	git_error_clear();
	for (i = 0; i < repo->overrides_nr; i++) {
		const struct config_override *o = &repo->overrides[i];

		if (starts_with(o->key, prefix))
			fn(o->key, o->value ? o->value : "true", data);
	}
}
