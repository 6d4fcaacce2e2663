#include "base/base.h"
#include "aws/internal.h"

/*
 * Which source of keys is meant, from environment and files alone. Reads no
 * network: a chain that resolves may still fail when it is asked.
 */
#define MAX_PROFILES 8 /* one leading to the next */

struct chain {
	struct aws *aws;
	const struct aws_settings *settings;
	const char *region;
	const char *seen[MAX_PROFILES]; /* profiles on the way here */
	size_t seen_nr;
};

static const char *profile_get(const struct chain *ch, const char *profile, const char *key)
{
	return aws_setting(ch->settings, SETTINGS_PROFILE, profile, key);
}

static struct credentials *new_static(const struct chain *ch, const char *label,
				      const char *access_key, const char *secret_key,
				      const char *token)
{
	struct credentials *c = credentials_alloc(ch->aws, KEYS_STATIC, label, ch->region);

	c->keys.access_key = xstrdup(access_key);
	c->keys.secret_key = xstrdup(secret_key);
	c->keys.token = xstrdup_or_null(token);
	return c;
}

/* 1: found, 0: not configured, negative: configured wrongly. */
static int from_environment(const struct chain *ch, struct credentials **out, struct error *err)
{
	const char *access_key = aws_env(ch->settings, "AWS_ACCESS_KEY_ID");
	const char *secret_key = aws_env(ch->settings, "AWS_SECRET_ACCESS_KEY");

	if (!access_key && !secret_key)
		return 0;
	if (!access_key || !secret_key)
		return error_set(err, ERROR_INVALID, "%s is set, but %s is not",
				 access_key ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY",
				 access_key ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID");
	*out = new_static(ch, "the environment", access_key, secret_key,
			  aws_env(ch->settings, "AWS_SESSION_TOKEN"));
	return 1;
}

static int from_keys(const struct chain *ch, const char *profile, bool in_credentials,
		     struct credentials **out, struct error *err)
{
	const char *(*get)(const struct aws_settings *, const char *, const char *) =
		in_credentials ? aws_setting_in_credentials : aws_setting_in_config;
	const char *access_key = get(ch->settings, profile, "aws_access_key_id");
	const char *secret_key = get(ch->settings, profile, "aws_secret_access_key");
	char *label;

	if (!access_key)
		return 0;
	/* The credentials file wins key by key: the other half may be in the config file. */
	if (!secret_key)
		secret_key = profile_get(ch, profile, "aws_secret_access_key");
	if (!secret_key)
		return error_set(err, ERROR_INVALID,
				 "profile '%s' has aws_access_key_id, but no aws_secret_access_key",
				 profile);
	label = xstrfmt("profile '%s'", profile);
	*out = new_static(ch, label, access_key, secret_key,
			  get(ch->settings, profile, "aws_session_token"));
	free(label);
	return 1;
}

static int from_container(const struct chain *ch, struct credentials **out, struct error *err)
{
	static const char *const trusted[] = { "localhost", "[::1]", "169.254.170.2",
					       "169.254.170.23", "[fd00:ec2::23]" };
	const char *relative = aws_env(ch->settings, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
	const char *full = aws_env(ch->settings, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
	const char *host;
	bool ok = false;
	size_t len, i;

	if (!relative && !full)
		return 0;
	if (!relative && !starts_with(full, "https://")) {
		if (!skip_prefix(full, "http://", &host))
			return error_set(err, ERROR_INVALID,
					 "AWS_CONTAINER_CREDENTIALS_FULL_URI is no URL");
		/* A user part would make the host another one. */
		len = strcspn(host, "/?#");
		ok = !memchr(host, '@', len);
		len = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/?#");
		ok = ok &&
		     (len > 4 && !strncmp(host, "127.", 4) && strspn(host, "0123456789.") == len);
		for (i = 0;
		     !ok && !memchr(host, '@', strcspn(host, "/?#")) && i < ARRAY_SIZE(trusted);
		     i++)
			ok = strlen(trusted[i]) == len && !strncasecmp(host, trusted[i], len);
		if (!ok)
			return error_set(err, ERROR_DENIED,
					 "AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https "
					 "nor on this host or its link");
	}
	*out = credentials_alloc(ch->aws, KEYS_CONTAINER, "the container's credentials service",
				 ch->region);
	(*out)->url = relative ? xstrfmt("http://169.254.170.2%s%s", *relative == '/' ? "" : "/",
					 relative) :
				 xstrdup(full);
	return 1;
}

static int from_ec2(const struct chain *ch, struct credentials **out)
{
	const char *url = aws_env(ch->settings, "AWS_EC2_METADATA_SERVICE_ENDPOINT");
	const char *mode = aws_env(ch->settings, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");
	struct credentials *c;
	size_t len;

	if (aws_env_flag(ch->settings, "AWS_EC2_METADATA_DISABLED"))
		return 0;
	if (!url)
		url = mode && !strcasecmp(mode, "IPv6") ? "http://[fd00:ec2::254]" :
							  "http://169.254.169.254";
	c = credentials_alloc(ch->aws, KEYS_EC2, "the EC2 metadata service", ch->region);
	for (len = strlen(url); len && url[len - 1] == '/';)
		len--;
	c->url = xmemdupz(url, len);
	*out = c;
	return 1;
}

static struct credentials *new_role(const struct chain *ch, struct credentials *base,
				    const char *label, const char *role_arn,
				    const char *session_name)
{
	struct credentials *c =
		credentials_alloc(ch->aws, base ? KEYS_ROLE : KEYS_WEB_IDENTITY, label, ch->region);

	c->role_arn = xstrdup(role_arn);
	c->session_name = xstrdup(session_name ? session_name : "git-gitops");
	c->sts = client_new(ch->aws, base, ch->region);
	return c;
}

static int resolve_profile(struct chain *ch, const char *profile, struct credentials **out,
			   struct error *err);

/* What a role of a profile is assumed with. */
static int role_base(struct chain *ch, const char *profile, struct credentials **base,
		     struct error *err)
{
	const char *source = profile_get(ch, profile, "source_profile");
	const char *from = profile_get(ch, profile, "credential_source");
	int ret = 0;

	if (source && from)
		return error_set(err, ERROR_INVALID,
				 "profile '%s' has both source_profile and credential_source",
				 profile);
	if (source && str_eq(source, profile)) {
		ret = from_keys(ch, profile, true, base, err);
		if (!ret)
			ret = from_keys(ch, profile, false, base, err);
		if (!ret)
			return error_set(err, ERROR_INVALID,
					 "profile '%s' names itself as source_profile, but has "
					 "no keys",
					 profile);
		return ret;
	}
	if (source) {
		if (!aws_has_profile(ch->settings, source))
			return error_set(err, ERROR_INVALID,
					 "source_profile '%s' of profile '%s' does not exist",
					 source, profile);
		ret = resolve_profile(ch, source, base, err);
		if (!ret)
			return error_set(err, ERROR_INVALID,
					 "source_profile '%s' of profile '%s' has no credentials",
					 source, profile);
		return ret;
	}
	if (str_eq(from, "Environment"))
		ret = from_environment(ch, base, err);
	else if (str_eq(from, "EcsContainer"))
		ret = from_container(ch, base, err);
	else if (str_eq(from, "Ec2InstanceMetadata"))
		ret = from_ec2(ch, base);
	else
		return error_set(err, ERROR_INVALID,
				 "credential_source '%s' of profile '%s' is none of Environment, "
				 "EcsContainer, Ec2InstanceMetadata",
				 from, profile);
	if (!ret)
		return error_set(err, ERROR_INVALID,
				 "credential_source '%s' of profile '%s' is not there", from,
				 profile);
	return ret;
}

static int from_role(struct chain *ch, const char *profile, struct credentials **out,
		     struct error *err)
{
	const char *role_arn = profile_get(ch, profile, "role_arn");
	const char *duration = profile_get(ch, profile, "duration_seconds");
	struct credentials *base = NULL;
	uint64_t seconds = 0;
	char *label;

	if (!role_arn || (!profile_get(ch, profile, "source_profile") &&
			  !profile_get(ch, profile, "credential_source")))
		return 0;
	if (profile_get(ch, profile, "mfa_serial")) {
		error_set(err, ERROR_INVALID, "profile '%s' wants a token code (mfa_serial)",
			  profile);
		return error_hint(err, "nobody is there to type it: use a role without one");
	}
	if (duration && !parse_uint(duration, 900, 43200, &seconds))
		return error_set(err, ERROR_INVALID,
				 "duration_seconds of profile '%s' is not from 900 to 43200",
				 profile);
	if (role_base(ch, profile, &base, err) < 0)
		return -1;
	label = xstrfmt("role '%s' of profile '%s'", role_arn, profile);
	*out = new_role(ch, base, label, role_arn, profile_get(ch, profile, "role_session_name"));
	(*out)->external_id = xstrdup_or_null(profile_get(ch, profile, "external_id"));
	(*out)->duration_s = (unsigned)seconds;
	free(label);
	return 1;
}

static int new_web_identity(const struct chain *ch, struct credentials **out, const char *where,
			    const char *file, const char *role_arn, const char *session,
			    struct error *err)
{
	char *label;

	if (!file)
		return 0;
	if (!role_arn)
		return error_set(err, ERROR_INVALID,
				 "%s has a web identity token, but no role to assume with it",
				 where);
	label = xstrfmt("web identity for role '%s'", role_arn);
	*out = new_role(ch, NULL, label, role_arn, session);
	(*out)->token_file = xstrdup(file);
	free(label);
	return 1;
}

static int from_web_identity(const struct chain *ch, const char *profile, struct credentials **out,
			     struct error *err)
{
	char *where = xstrfmt("profile '%s'", profile);
	int ret = new_web_identity(ch, out, where,
				   profile_get(ch, profile, "web_identity_token_file"),
				   profile_get(ch, profile, "role_arn"),
				   profile_get(ch, profile, "role_session_name"), err);

	free(where);
	return ret;
}

static int from_sso(const struct chain *ch, const char *profile, struct credentials **out,
		    struct error *err)
{
	const char *account = profile_get(ch, profile, "sso_account_id");
	const char *role = profile_get(ch, profile, "sso_role_name");
	const char *session = profile_get(ch, profile, "sso_session");
	const char *start_url = profile_get(ch, profile, "sso_start_url");
	const char *region = profile_get(ch, profile, "sso_region");
	char *label;

	if (!account && !role)
		return 0;
	if (session) {
		start_url =
			aws_setting(ch->settings, SETTINGS_SSO_SESSION, session, "sso_start_url");
		region = aws_setting(ch->settings, SETTINGS_SSO_SESSION, session, "sso_region");
	}
	if (!account || !role || !start_url || !region)
		return error_set(err, ERROR_INVALID,
				 "profile '%s' lacks one of sso_account_id, sso_role_name, "
				 "sso_start_url, sso_region",
				 profile);
	label = xstrfmt("the SSO login of profile '%s'", profile);
	*out = credentials_alloc(ch->aws, KEYS_SSO, label, region);
	(*out)->sso_account = xstrdup(account);
	(*out)->sso_role = xstrdup(role);
	(*out)->sso_session = xstrdup_or_null(session);
	(*out)->sso_start_url = xstrdup(start_url);
	free(label);
	return 1;
}

static int from_process(const struct chain *ch, const char *profile, struct credentials **out)
{
	const char *command = profile_get(ch, profile, "credential_process");
	char *label;

	if (!command)
		return 0;
	label = xstrfmt("credential_process of profile '%s'", profile);
	*out = credentials_alloc(ch->aws, KEYS_PROCESS, label, ch->region);
	(*out)->command = xstrdup(command);
	free(label);
	return 1;
}

/* On the way to a profile's keys: never twice through the same one. */
static int enter(struct chain *ch, const char *profile, struct error *err)
{
	size_t i;

	for (i = 0; i < ch->seen_nr; i++)
		if (str_eq(ch->seen[i], profile))
			return error_set(err, ERROR_INVALID,
					 "profile '%s' is its own source_profile in the end",
					 profile);
	if (ch->seen_nr == MAX_PROFILES)
		return error_set(err, ERROR_LIMIT,
				 "more than %d profiles lead from one to the next", MAX_PROFILES);
	ch->seen[ch->seen_nr++] = profile;
	return 0;
}

/* What a profile can hold but a role with a source, in order. */
static int resolve_rest(struct chain *ch, const char *profile, struct credentials **out,
			struct error *err)
{
	int ret = from_web_identity(ch, profile, out, err);

	if (!ret && profile_get(ch, profile, "role_arn"))
		return error_set(err, ERROR_INVALID,
				 "profile '%s' has role_arn, but neither source_profile nor "
				 "credential_source",
				 profile);
	if (!ret)
		ret = from_sso(ch, profile, out, err);
	/* Its cache wants requests signed in a way of its own (DPoP). */
	if (!ret && profile_get(ch, profile, "login_session") &&
	    !profile_get(ch, profile, "credential_process") &&
	    !profile_get(ch, profile, "aws_access_key_id")) {
		error_set(err, ERROR_INVALID,
			  "profile '%s' has a login of 'aws login', which is "
			  "not supported",
			  profile);
		return error_hint(err,
				  "add to it: credential_process = aws configure "
				  "export-credentials --profile %s --format process",
				  profile);
	}
	if (!ret)
		ret = from_keys(ch, profile, true, out, err);
	if (!ret)
		ret = from_process(ch, profile, out);
	if (!ret)
		ret = from_keys(ch, profile, false, out, err);
	return ret;
}

static int resolve_profile(struct chain *ch, const char *profile, struct credentials **out,
			   struct error *err)
{
	int ret;

	if (enter(ch, profile, err) < 0)
		return -1;
	ret = from_role(ch, profile, out, err);
	return ret ? ret : resolve_rest(ch, profile, out, err);
}

static void add_tried(struct strbuf *tried, const struct chain *ch)
{
	const struct aws_settings *s = ch->settings;

	if (!s->profile_is_ours)
		strbuf_addstr(tried, "AWS_ACCESS_KEY_ID, ");
	strbuf_addf(tried, "profile '%s' in '%s' and '%s', ", s->profile,
		    s->credentials_path ? s->credentials_path : "~/.aws/credentials",
		    s->config_path ? s->config_path : "~/.aws/config");
	strbuf_addstr(tried, "AWS_WEB_IDENTITY_TOKEN_FILE, "
			     "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and _FULL_URI");
}

static int resolve_chain(struct chain *ch, struct credentials **out, struct error *err)
{
	const struct aws_settings *s = ch->settings;
	struct strbuf tried = STRBUF_INIT;
	bool ours = s->profile_is_ours;
	int ret = 0;

	if (!ours)
		ret = from_environment(ch, out, err);
	if (ret)
		return ret;
	if (s->profile_is_named && !aws_has_profile(s, s->profile)) {
		error_set(err, ERROR_INVALID, "there is no AWS profile '%s'", s->profile);
		return error_hint(err, "looked in '%s' and '%s'",
				  s->config_path ? s->config_path : "~/.aws/config",
				  s->credentials_path ? s->credentials_path : "~/.aws/credentials");
	}
	if (enter(ch, s->profile, err) < 0)
		return -1;
	ret = from_role(ch, s->profile, out, err);
	if (!ret && !ours)
		ret = new_web_identity(ch, out, "the environment",
				       aws_env(s, "AWS_WEB_IDENTITY_TOKEN_FILE"),
				       aws_env(s, "AWS_ROLE_ARN"),
				       aws_env(s, "AWS_ROLE_SESSION_NAME"), err);
	if (!ret)
		ret = resolve_rest(ch, s->profile, out, err);
	if (!ret)
		ret = from_container(ch, out, err);
	if (ret)
		return ret;
	add_tried(&tried, ch);
	if (from_ec2(ch, out)) {
		(*out)->tried = strbuf_detach(&tried, NULL);
		return 1;
	}
	error_set(err, ERROR_DENIED, "no AWS credentials found");
	error_hint(err, "looked at %s; the EC2 metadata service is switched off", tried.buf);
	strbuf_release(&tried);
	return -1;
}

int credentials_new(struct credentials **out, struct aws *aws, const struct aws_identity *identity,
		    const char *region, struct error *err)
{
	struct chain chain = { .aws = aws, .settings = &aws->settings, .region = region };
	struct aws_settings named;
	struct credentials *base;
	char *label;

	/* The same files, seen from another profile. */
	if (identity->profile) {
		named = aws->settings;
		named.profile = (char *)(uintptr_t)identity->profile;
		named.profile_is_ours = named.profile_is_named = true;
		chain.settings = &named;
	}
	if (resolve_chain(&chain, &base, err) < 0)
		return -1;
	*out = base;
	if (identity->role_arn) {
		label = xstrfmt("role '%s'", identity->role_arn);
		*out = new_role(&chain, base, label, identity->role_arn, identity->session_name);
		(*out)->external_id = xstrdup_or_null(identity->external_id);
		free(label);
	}
	return 0;
}
