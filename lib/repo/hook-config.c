#include "base/base.h"
#include "base/process.h"
#include "base/strbuf.h"
#include "repo/hook-config.h"

#define HOOK_CONFIG_MAX (1 << 20)

int hook_config_read(struct hook_config *config, struct error *err)
{
	static const char *const argv[] = { "git",	    "config",	  "-z",
					    "--get-regexp", "^gitops\\.", NULL };
	struct strbuf out = STRBUF_INIT_MAX(HOOK_CONFIG_MAX);
	const char *p, *end;
	int ret;

	ret = process_run(argv, PROCESS_CAPTURE | PROCESS_NO_STDIN, &out, err);
	if (ret > 1)
		ret = error_set(err, ERROR_FAILED, "'git config' failed with status %d", ret);
	/* Status 1: there is none. */
	for (p = out.buf, end = p + out.len; ret >= 0 && p < end; p += strlen(p) + 1) {
		const char *newline = strchr(p, '\n');
		struct hook_setting *s;

		ALLOC_GROW(config->v, config->nr + 1, config->alloc);
		s = &config->v[config->nr++];
		s->key = newline ? xmemdupz(p, (size_t)(newline - p)) : xstrdup(p);
		s->value = newline ? xstrdup(newline + 1) : NULL;
	}
	strbuf_release(&out);
	return ret < 0 ? -1 : 0;
}

void hook_config_release(struct hook_config *config)
{
	size_t i;

	for (i = 0; i < config->nr; i++) {
		free(config->v[i].key);
		free(config->v[i].value);
	}
	free(config->v);
	*config = (struct hook_config)HOOK_CONFIG_INIT;
}

static const struct hook_setting *find(const struct hook_config *config, const char *key)
{
	size_t i;

	for (i = config->nr; i-- > 0;)
		if (str_eq(config->v[i].key, key))
			return &config->v[i];
	return NULL;
}

const char *hook_config_str(const struct hook_config *config, const char *key)
{
	const struct hook_setting *s = find(config, key);

	return s ? s->value : NULL;
}

bool hook_config_bool(const struct hook_config *config, const char *key, bool fallback)
{
	static const char *const yes[] = { "true", "yes", "on", "1" };
	static const char *const no[] = { "false", "no", "off", "0", "" };
	const struct hook_setting *s = find(config, key);
	size_t i;

	if (!s)
		return fallback;
	if (!s->value)
		return true;
	for (i = 0; i < ARRAY_SIZE(yes); i++)
		if (!strcasecmp(s->value, yes[i]))
			return true;
	for (i = 0; i < ARRAY_SIZE(no); i++)
		if (!strcasecmp(s->value, no[i]))
			return false;
	return fallback;
}
