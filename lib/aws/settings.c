#include "base/base.h"
#include "aws/settings.h"

#include "base/file.h"
#include "base/strbuf.h"

/*
 * A map's keys are "<section>\n<name>\n<key>" (the line end can't be part of
 * any of them), and "<section>\n<name>\n" alone says that the section exists.
 */
static const char *const section_names[] = { "profile", "sso-session", "services" };

static void free_secret(void *p)
{
	if (p)
		explicit_bzero(p, strlen(p));
	free(p);
}

void aws_settings_release_map(struct strmap *map)
{
	strmap_release(map, free_secret);
}

/* --- the files --------------------------------------------------------------- */

struct parser {
	struct strmap *map;
	bool is_credentials;
	const char *path;
	unsigned line;
	struct strbuf section; /* "<section>\n<name>\n"; empty: what follows is skipped */
	struct strbuf key;     /* the last one, for nested lines */
	bool nests;	       /* it had no value of its own */
};

static int bad_line(const struct parser *p, struct error *err, const char *what)
{
	return error_set(err, ERROR_INVALID, "%s:%u: %s", p->path, p->line, what);
}

static void put(struct parser *p, const char *key, size_t key_len, const char *nested,
		size_t nested_len, const char *value, size_t value_len)
{
	struct strbuf full = STRBUF_INIT;
	size_t i;

	strbuf_addbuf(&full, &p->section);
	strbuf_add(&full, key, key_len);
	if (nested) {
		strbuf_addch(&full, '.');
		strbuf_add(&full, nested, nested_len);
	}
	for (i = p->section.len; i < full.len; i++)
		full.buf[i] = (char)tolower((unsigned char)full.buf[i]);
	free_secret(strmap_putn(p->map, full.buf, full.len, xmemdupz(value, value_len)));
	strbuf_release(&full);
}

static void trim(const char **s, size_t *len)
{
	while (*len && isspace((unsigned char)**s)) {
		(*s)++;
		(*len)--;
	}
	while (*len && isspace((unsigned char)(*s)[*len - 1]))
		(*len)--;
}

/* "[profile x]", "[x]"; a comment may follow. Names may be in quotes. */
static int parse_section(struct parser *p, const char *s, size_t len, struct error *err)
{
	const char *end = memchr(s, ']', len), *name;
	const char *kind = section_names[SETTINGS_PROFILE];
	size_t name_len, word, i;

	if (!end)
		return bad_line(p, err, "a section without its ']'");
	name = s + 1;
	name_len = (size_t)(end - name);
	trim(&name, &name_len);
	strbuf_reset(&p->section);
	strbuf_reset(&p->key);
	p->nests = false;
	if (!p->is_credentials) {
		for (word = 0; word < name_len && !isspace((unsigned char)name[word]);)
			word++;
		kind = NULL;
		for (i = 0; word < name_len && i < ARRAY_SIZE(section_names); i++)
			if (strlen(section_names[i]) == word &&
			    !memcmp(name, section_names[i], word))
				kind = section_names[i];
		if (kind) {
			name += word;
			name_len -= word;
			trim(&name, &name_len);
		} else if (name_len == 7 && !memcmp(name, "default", 7)) {
			kind = section_names[SETTINGS_PROFILE];
		} else {
			return 0; /* of other tools: skipped as the SDKs do */
		}
	}
	if (name_len >= 2 && (*name == '"' || *name == '\'') && name[name_len - 1] == *name) {
		name++;
		name_len -= 2;
	}
	if (!name_len)
		return bad_line(p, err, "a section without a name");
	strbuf_addf(&p->section, "%s\n", kind);
	strbuf_add(&p->section, name, name_len);
	strbuf_addch(&p->section, '\n');
	put(p, "", 0, NULL, 0, "", 0);
	return 0;
}

/* " #" and " ;" begin a comment in a value, as the SDKs have it; "a#b" does not. */
static size_t without_comment(const char *s, size_t len)
{
	size_t i;

	for (i = 1; i < len; i++)
		if ((s[i] == '#' || s[i] == ';') && isspace((unsigned char)s[i - 1]))
			return i;
	return len;
}

static int parse_pair(struct parser *p, const char *s, size_t len, bool nested, struct error *err)
{
	const char *eq = memchr(s, '=', len), *key = s, *value;
	size_t key_len, value_len;

	if (!eq) {
		/* A long value may go on in an indented line; none that we read does. */
		return nested ? 0 : bad_line(p, err, "neither a section nor 'key = value'");
	}
	key_len = (size_t)(eq - s);
	value = eq + 1;
	value_len = len - key_len - 1;
	value_len = value_len ? without_comment(value, value_len) : 0;
	trim(&key, &key_len);
	trim(&value, &value_len);
	if (!key_len)
		return bad_line(p, err, "a value without a key");
	if (!p->section.len)
		return 0;
	if (nested) {
		if (p->nests)
			put(p, p->key.buf, p->key.len, key, key_len, value, value_len);
		return 0;
	}
	strbuf_reset(&p->key);
	strbuf_add(&p->key, key, key_len);
	p->nests = !value_len;
	put(p, key, key_len, NULL, 0, value, value_len);
	return 0;
}

static int parse_line(struct parser *p, const char *s, size_t len, struct error *err)
{
	bool indented = len && (*s == ' ' || *s == '\t');

	if (len > SETTINGS_MAX_LINE)
		return bad_line(p, err, "the line is too long");
	if (memchr(s, '\0', len))
		return bad_line(p, err, "a NUL byte");
	trim(&s, &len);
	if (!len || *s == '#' || *s == ';')
		return 0;
	if (*s == '[' && !indented)
		return parse_section(p, s, len, err);
	return parse_pair(p, s, len, indented && p->key.len, err);
}

int aws_settings_parse(struct strmap *map, const char *text, size_t len, bool is_credentials,
		       const char *path, struct error *err)
{
	struct parser p = { .map = map,
			    .is_credentials = is_credentials,
			    .path = path,
			    .section = STRBUF_INIT,
			    .key = STRBUF_INIT };
	int ret = 0;

	if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) {
		text += 3;
		len -= 3;
	}
	while (len && !ret) {
		const char *lf = memchr(text, '\n', len);
		size_t line = lf ? (size_t)(lf - text) : len;

		p.line++;
		ret = parse_line(&p, text, line, err);
		text += line + (lf != NULL);
		len -= line + (lf != NULL);
	}
	strbuf_release(&p.section);
	strbuf_release(&p.key);
	return ret;
}

static int load(struct strmap *map, const char *path, bool is_credentials, struct error *err)
{
	struct strbuf text = STRBUF_INIT_MAX(SETTINGS_MAX_FILE);
	int ret;

	/* Grown first: what a growing buffer leaves behind is not wiped. */
	strbuf_grow(&text, 64 * 1024);
	if (file_read(path, &text, err) < 0) {
		strbuf_release_secret(&text);
		if (err->kind != ERROR_NOT_FOUND && err->sys != ENOTDIR)
			return -1;
		error_release(err);
		return 0;
	}
	ret = aws_settings_parse(map, text.buf, text.len, is_credentials, path, err);
	strbuf_release_secret(&text);
	return ret;
}

/* --- looking things up -------------------------------------------------------- */

const char *aws_env(const struct aws_settings *settings, const char *name)
{
	const char *value = NULL;
	size_t len = strlen(name), i;

	if (!settings->env)
		value = getenv(name);
	for (i = 0; settings->env && settings->env[i]; i++)
		if (!strncmp(settings->env[i], name, len) && settings->env[i][len] == '=')
			value = settings->env[i] + len + 1;
	return value && *value ? value : NULL;
}

bool aws_env_flag(const struct aws_settings *settings, const char *name)
{
	const char *value = aws_env(settings, name);

	return value && (!strcasecmp(value, "true") || str_eq(value, "1"));
}

static const char *look_up(const struct strmap *map, enum settings_section section,
			   const char *name, const char *key)
{
	struct strbuf full = STRBUF_INIT;
	const char *value;

	strbuf_addf(&full, "%s\n%s\n%s", section_names[section], name, key);
	value = strmap_getn(map, full.buf, full.len);
	strbuf_release(&full);
	return value;
}

static const char *unless_empty(const char *value)
{
	return value && *value ? value : NULL;
}

const char *aws_setting_in_credentials(const struct aws_settings *settings, const char *profile,
				       const char *key)
{
	return unless_empty(look_up(&settings->credentials, SETTINGS_PROFILE, profile, key));
}

const char *aws_setting_in_config(const struct aws_settings *settings, const char *profile,
				  const char *key)
{
	return unless_empty(look_up(&settings->config, SETTINGS_PROFILE, profile, key));
}

const char *aws_setting(const struct aws_settings *settings, enum settings_section section,
			const char *name, const char *key)
{
	const char *value = NULL;

	if (section == SETTINGS_PROFILE)
		value = aws_setting_in_credentials(settings, name, key);
	return value ? value : unless_empty(look_up(&settings->config, section, name, key));
}

bool aws_has_profile(const struct aws_settings *settings, const char *profile)
{
	return look_up(&settings->config, SETTINGS_PROFILE, profile, "") ||
	       look_up(&settings->credentials, SETTINGS_PROFILE, profile, "");
}

static char *path_of(const struct aws_settings *settings, const char *variable, const char *name)
{
	const char *path = aws_env(settings, variable), *home = aws_env(settings, "HOME");

	if (path && starts_with(path, "~/") && home)
		return xstrfmt("%s%s", home, path + 1);
	if (path)
		return xstrdup(path);
	return home ? xstrfmt("%s/.aws/%s", home, name) : NULL;
}

int aws_settings_load(struct aws_settings *settings, const char *const *env, const char *profile,
		      struct error *err)
{
	memset(settings, 0, sizeof(*settings));
	strmap_init(&settings->config);
	strmap_init(&settings->credentials);
	settings->env = env;
	settings->profile_is_ours = profile != NULL;
	if (!profile)
		profile = aws_env(settings, "AWS_PROFILE");
	if (!profile)
		profile = aws_env(settings, "AWS_DEFAULT_PROFILE");
	settings->profile_is_named = profile != NULL;
	settings->profile = xstrdup(profile ? profile : "default");
	settings->config_path = path_of(settings, "AWS_CONFIG_FILE", "config");
	settings->credentials_path =
		path_of(settings, "AWS_SHARED_CREDENTIALS_FILE", "credentials");
	if ((settings->config_path &&
	     load(&settings->config, settings->config_path, false, err) < 0) ||
	    (settings->credentials_path &&
	     load(&settings->credentials, settings->credentials_path, true, err) < 0)) {
		aws_settings_release(settings);
		return -1;
	}
	return 0;
}

void aws_settings_release(struct aws_settings *settings)
{
	aws_settings_release_map(&settings->config);
	aws_settings_release_map(&settings->credentials);
	FREE_AND_NULL(settings->profile);
	FREE_AND_NULL(settings->config_path);
	FREE_AND_NULL(settings->credentials_path);
}
