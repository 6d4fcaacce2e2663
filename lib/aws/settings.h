#ifndef AWS_SETTINGS_H
#define AWS_SETTINGS_H

#include "base/base.h"
#include "base/error.h"
#include "base/strmap.h"

/*
 * What users configured for AWS: environment variables and the two files that
 * the AWS CLI and SDKs share. Source: AWS SDKs and Tools Reference Guide,
 * "Shared config and credentials files".
 *
 *	~/.aws/config (AWS_CONFIG_FILE): [default], [profile x],
 *		[sso-session x], [services x]
 *	~/.aws/credentials (AWS_SHARED_CREDENTIALS_FILE): [default], [x]
 *
 * An indented line belongs to the key above it ("endpoint_url" under "ecs").
 * Names compare with case, keys without. A missing file is an empty one.
 */
struct aws_settings {
	const char *const *env; /* NULL: the process's */
	char *profile;		/* which one counts */
	bool profile_is_ours;  /* our configuration named it: it wins over the environment's keys */
	bool profile_is_named; /* by somebody: it must exist */
	char *config_path, *credentials_path;
	struct strmap config, credentials; /* "profile\nx\nkey" to values; see settings.c */
};

#define SETTINGS_MAX_FILE (4 * 1024 * 1024)
#define SETTINGS_MAX_LINE (64 * 1024)

/*
 * Read the files. `env` as in struct aws_options, kept; `profile` NULL:
 * AWS_PROFILE, else "default".
 */
int aws_settings_load(struct aws_settings *settings, const char *const *env, const char *profile,
		      struct error *err) MUST_CHECK;
/* Wipes: the files hold keys. */
void aws_settings_release(struct aws_settings *settings);

/* A variable; NULL when it is not set or empty. */
const char *aws_env(const struct aws_settings *settings, const char *name);
/* "true" in any case (as AWS has it), or "1". */
bool aws_env_flag(const struct aws_settings *settings, const char *name);

enum settings_section {
	SETTINGS_PROFILE = 0,
	SETTINGS_SSO_SESSION,
	SETTINGS_SERVICES
};

/*
 * The value of `key` in a section; a profile is looked up in the credentials
 * file first. NULL when it isn't there. A nested key is "key.nested".
 */
const char *aws_setting(const struct aws_settings *settings, enum settings_section section,
			const char *name, const char *key);
/* Of a profile, from one file only. */
const char *aws_setting_in_credentials(const struct aws_settings *settings, const char *profile,
				       const char *key);
const char *aws_setting_in_config(const struct aws_settings *settings, const char *profile,
				  const char *key);
bool aws_has_profile(const struct aws_settings *settings, const char *profile);

/*
 * Parse the text of one file into `map`. A later section of the same name adds
 * to an earlier one. Negative with the line that makes no sense.
 */
int aws_settings_parse(struct strmap *map, const char *text, size_t len, bool is_credentials,
		       const char *path, struct error *err) MUST_CHECK;
/* Wipes and frees what was parsed. */
void aws_settings_release_map(struct strmap *map);

#endif
