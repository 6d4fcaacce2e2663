#include "base/base.h"
#include "aws/client.h"
#include "aws/internal.h"
#include "base/file.h"
#include "tap.h"

/*
 * What the chain resolves to, from an environment and two files in a
 * directory of the test's own; nothing is asked of anybody here.
 */
static char dir[] = "/tmp/u-aws-credentials.XXXXXX";

static void put(const char *name, const char *text)
{
	char *path = xstrfmt("%s/%s", dir, name);
	struct error err = ERROR_INIT;

	if (file_write_atomic(path, NULL, text, strlen(text), 0600, &err) < 0)
		BUG("%s", err.message);
	free(path);
}

#define MAX_ENV 8

/* The label of what was found, or the error's message. */
static char *resolve(const char *const *vars, const char *our_profile,
		     const struct aws_identity *identity)
{
	char *config = xstrfmt("AWS_CONFIG_FILE=%s/config", dir);
	char *credentials = xstrfmt("AWS_SHARED_CREDENTIALS_FILE=%s/credentials", dir);
	const char *env[MAX_ENV + 3] = { config, credentials };
	struct aws_options options = { .env = env, .profile = our_profile };
	struct error err = ERROR_INIT;
	struct aws_loop *loop = NULL;
	struct aws_client *client;
	struct aws *aws = NULL;
	char *found;
	size_t i;

	for (i = 0; vars[i]; i++)
		env[i + 2] = vars[i];
	if (aws_loop_new(&loop, NULL, &err) < 0)
		BUG("%s", err.message);
	if (aws_open(&aws, loop, &options, &err) < 0 ||
	    aws_client_get(&client, aws, identity, "eu-west-1", &err) < 0)
		found = xstrdup(err.message);
	else
		found = xstrdup(credentials_label(client->credentials));
	error_release(&err);
	aws_close(aws);
	aws_loop_free(loop);
	free(config);
	free(credentials);
	return found;
}

#define KEYS   "AWS_ACCESS_KEY_ID=A", "AWS_SECRET_ACCESS_KEY=S"
#define NO_EC2 "AWS_EC2_METADATA_DISABLED=true"

static void test_chain__the_first_that_is_configured_wins(void)
{
	static const struct {
		const char *env[MAX_ENV], *profile, *want;
	} cases[] = {
		{ { KEYS }, NULL, "the environment" },
		{ { KEYS, "AWS_PROFILE=keys" }, NULL, "the environment" },
		{ { KEYS }, "keys", "profile 'keys'" },
		{ { "AWS_PROFILE=keys" }, NULL, "profile 'keys'" },
		{ { "AWS_DEFAULT_PROFILE=keys" }, NULL, "profile 'keys'" },
		{ { NULL }, "half", "profile 'half'" },
		{ { NULL }, "in-config", "profile 'in-config'" },
		{ { NULL }, "process", "credential_process of profile 'process'" },
		{ { NULL },
		  "process-and-config",
		  "credential_process of profile 'process-and-config'" },
		{ { NULL }, "process-and-keys", "profile 'process-and-keys'" },
		{ { NULL }, "sso", "the SSO login of profile 'sso'" },
		{ { NULL }, "old-sso", "the SSO login of profile 'old-sso'" },
		{ { NULL }, "role", "role 'arn:aws:iam::1:role/r' of profile 'role'" },
		{ { NULL },
		  "role-of-role",
		  "role 'arn:aws:iam::1:role/rr' of profile 'role-of-role'" },
		{ { NULL }, "own-keys", "role 'arn:aws:iam::1:role/o' of profile 'own-keys'" },
		{ { KEYS }, "from-env", "role 'arn:aws:iam::1:role/e' of profile 'from-env'" },
		{ { NULL }, "from-ec2", "role 'arn:aws:iam::1:role/i' of profile 'from-ec2'" },
		{ { NULL }, "web", "web identity for role 'arn:aws:iam::1:role/w'" },
		{ { "AWS_WEB_IDENTITY_TOKEN_FILE=/t", "AWS_ROLE_ARN=arn:w" },
		  NULL,
		  "web identity for role 'arn:w'" },
		{ { "AWS_WEB_IDENTITY_TOKEN_FILE=/t", "AWS_ROLE_ARN=arn:w", "AWS_PROFILE=keys" },
		  NULL,
		  "web identity for role 'arn:w'" },
		{ { "AWS_WEB_IDENTITY_TOKEN_FILE=/t", "AWS_ROLE_ARN=arn:w" },
		  "keys",
		  "profile 'keys'" },
		{ { "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/x" },
		  NULL,
		  "the container's credentials service" },
		{ { "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:80/x" },
		  NULL,
		  "the container's credentials service" },
		{ { "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://[fd00:ec2::23]/x" },
		  NULL,
		  "the container's credentials service" },
		{ { "AWS_CONTAINER_CREDENTIALS_FULL_URI=https://anywhere.example/x" },
		  NULL,
		  "the container's credentials service" },
		{ { NULL }, NULL, "the EC2 metadata service" },
		{ { NULL }, "nothing", "the EC2 metadata service" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		char *got;

		test_context("row %zu, profile %s", i, cases[i].profile ? cases[i].profile : "-");
		got = resolve(cases[i].env, cases[i].profile, NULL);
		check_str(got, cases[i].want);
		free(got);
	}
}

static void test_chain__what_is_configured_wrongly_is_an_error(void)
{
	static const struct {
		const char *env[MAX_ENV], *profile, *want;
	} cases[] = {
		{ { NO_EC2 }, NULL, "no AWS credentials found" },
		{ { NULL },
		  "login",
		  "profile 'login' has a login of 'aws login', which is not supported" },
		{ { "AWS_ACCESS_KEY_ID=A" },
		  NULL,
		  "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not" },
		{ { "AWS_SECRET_ACCESS_KEY=A" },
		  NULL,
		  "AWS_SECRET_ACCESS_KEY is set, but AWS_ACCESS_KEY_ID is not" },
		{ { KEYS }, "absent", "there is no AWS profile 'absent'" },
		{ { "AWS_PROFILE=absent" }, NULL, "there is no AWS profile 'absent'" },
		{ { NULL },
		  "no-secret",
		  "profile 'no-secret' has aws_access_key_id, but no aws_secret_access_key" },
		{ { NULL }, "loop-a", "profile 'loop-a' is its own source_profile in the end" },
		{ { NULL }, "both", "profile 'both' has both source_profile and credential_source" },
		{ { NULL },
		  "alone",
		  "profile 'alone' has role_arn, but neither source_profile nor credential_source" },
		{ { NULL }, "mfa", "profile 'mfa' wants a token code (mfa_serial)" },
		{ { NULL },
		  "short",
		  "duration_seconds of profile 'short' is not from 900 to 43200" },
		{ { NULL },
		  "dangling",
		  "source_profile 'absent' of profile 'dangling' does not exist" },
		{ { NULL },
		  "from-mars",
		  "credential_source 'Mars' of profile 'from-mars' is none of Environment, EcsContainer, Ec2InstanceMetadata" },
		{ { NULL },
		  "from-env",
		  "credential_source 'Environment' of profile 'from-env' is not there" },
		{ { NULL },
		  "half-sso",
		  "profile 'half-sso' lacks one of sso_account_id, sso_role_name, sso_start_url, sso_region" },
		{ { "AWS_WEB_IDENTITY_TOKEN_FILE=/t" },
		  NULL,
		  "the environment has a web identity token, but no role to assume with it" },
		{ { "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://evil.example/x" },
		  NULL,
		  "AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor on this host or its link" },
		{ { "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1@evil.example/x" },
		  NULL,
		  "AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor on this host or its link" },
		{ { "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.evil.example/x" },
		  NULL,
		  "AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor on this host or its link" },
		{ { "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://localhost:1@evil.example/x" },
		  NULL,
		  "AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor on this host or its link" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		char *got;

		test_context("row %zu, profile %s", i, cases[i].profile ? cases[i].profile : "-");
		got = resolve(cases[i].env, cases[i].profile, NULL);
		check_str(got, cases[i].want);
		free(got);
	}
}

static void test_chain__an_identity_names_profile_and_role(void)
{
	static const char *const env[] = { KEYS, NULL };
	struct aws_identity who = { .profile = "keys" };
	char *got = resolve(env, NULL, &who);

	check_str(got, "profile 'keys'");
	free(got);
	who.role_arn = "arn:aws:iam::2:role/deployer";
	got = resolve(env, NULL, &who);
	check_str(got, "role 'arn:aws:iam::2:role/deployer'");
	free(got);
}

static void test_credentials__are_renewed_in_time(void)
{
	static const int64_t minute = 60000;

	check_int(credentials_renew_ms(6 * 60 * minute), ==, 15 * minute);
	check_int(credentials_insist_ms(6 * 60 * minute), ==, 10 * minute);
	check_int(credentials_renew_ms(60 * minute), ==, 15 * minute);
	check_int(credentials_insist_ms(60 * minute), ==, 10 * minute);
	/* The shortest role there is: renewed after eleven of its fifteen minutes. */
	check_int(credentials_renew_ms(15 * minute), <, 4 * minute);
	check_int(credentials_insist_ms(15 * minute), <, credentials_renew_ms(15 * minute));
}

static void test_credentials__answers_are_read_with_care(void)
{
	static const struct {
		const char *json;
		int ret;
		int64_t expires;
	} cases[] = {
		{ "{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"S\"}", 0, 0 },
		{ "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"S\",\"Expiration\":null}", 0, 0 },
		{ "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"S\",\"Expiration\":\"1970-01-01T00:00:01Z\"}",
		  0, 1000 },
		{ "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"S\",\"Expiration\":1234}", 0,
		  1234 },
		{ "{\"Version\":2,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"S\"}", -1, 0 },
		{ "{\"AccessKeyId\":\"A\"}", -1, 0 },
		{ "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"\"}", -1, 0 },
		{ "{\"AccessKeyId\":\"A\\r\\nX: y\",\"SecretAccessKey\":\"S\"}", -1, 0 },
		{ "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"S\",\"Token\":\"a\\nb\"}", -1, 0 },
		{ "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"S\",\"Expiration\":\"soon\"}", -1,
		  0 },
		{ "[]", -1, 0 },
		{ "", -1, 0 },
		{ "<html>", -1, 0 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct aws_credentials keys;
		struct error err = ERROR_INIT;
		int ret;

		test_context("%s", cases[i].json);
		ret = credentials_from_json(&keys, cases[i].json, strlen(cases[i].json),
					    "AccessKeyId", "SecretAccessKey", "Token", "Expiration",
					    &err);
		check_int(ret, ==, cases[i].ret);
		check_int(ret < 0, ==, err.message != NULL);
		if (!ret)
			check_int(keys.expires_ms, ==, cases[i].expires);
		aws_credentials_release(&keys);
		error_release(&err);
	}
}

static void test_process__words_are_split_as_a_shell_would(void)
{
	static const struct {
		const char *command, *words[5];
	} cases[] = {
		{ "a", { "a" } },
		{ "  /bin/a  b\tc ", { "/bin/a", "b", "c" } },
		{ "a 'b c' \"d e\"", { "a", "b c", "d e" } },
		{ "a b' 'c \"\"", { "a", "b c", "" } },
		{ "a \\\" \"\\\"\\x\" '\\'", { "a", "\"", "\"\\x", "\\" } },
		{ "a $HOME `b` ; c", { "a", "$HOME", "`b`", ";", "c" } },
	};
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct error err = ERROR_INIT;
		char **argv;

		test_context("%s", cases[i].command);
		if (!check_int(split_command(&argv, cases[i].command, &err), ==, 0))
			continue;
		for (j = 0; j < 5 && cases[i].words[j]; j++)
			check_str(argv[j], cases[i].words[j]);
		check_ptr(argv[j], ==, NULL);
		free_argv(argv);
	}
}

static void test_process__half_a_command_is_refused(void)
{
	struct error err = ERROR_INIT;
	char **argv;

	check_int(split_command(&argv, "a 'b", &err), <, 0);
	error_release(&err);
	check_int(split_command(&argv, "  ", &err), <, 0);
	error_release(&err);
}

int main(void)
{
	char *path;

	if (!mkdtemp(dir))
		BUG("mkdtemp(): %s", strerror(errno));
	put("config",
	    "[profile in-config]\naws_access_key_id=C\naws_secret_access_key=S\n"
	    "[profile half]\naws_secret_access_key=S\n"
	    "[profile process]\ncredential_process = /bin/false\n"
	    "[profile process-and-config]\ncredential_process = /bin/false\n"
	    "aws_access_key_id=C\naws_secret_access_key=S\n"
	    "[profile process-and-keys]\ncredential_process = /bin/false\n"
	    "[profile sso]\nsso_session = s\nsso_account_id = 1\nsso_role_name = r\n"
	    "[sso-session s]\nsso_start_url = https://x\nsso_region = eu-west-1\n"
	    "[profile old-sso]\nsso_start_url = https://x\nsso_region = eu-west-1\n"
	    "sso_account_id = 1\nsso_role_name = r\n"
	    "[profile half-sso]\nsso_account_id = 1\nsso_role_name = r\n"
	    "[profile role]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = keys\n"
	    "[profile role-of-role]\nrole_arn = arn:aws:iam::1:role/rr\nsource_profile = role\n"
	    "[profile own-keys]\nrole_arn = arn:aws:iam::1:role/o\nsource_profile = own-keys\n"
	    "[profile from-env]\nrole_arn = arn:aws:iam::1:role/e\ncredential_source = Environment\n"
	    "[profile from-ec2]\nrole_arn = arn:aws:iam::1:role/i\n"
	    "credential_source = Ec2InstanceMetadata\n"
	    "[profile from-mars]\nrole_arn = arn:aws:iam::1:role/i\ncredential_source = Mars\n"
	    "[profile web]\nrole_arn = arn:aws:iam::1:role/w\nweb_identity_token_file = /t\n"
	    "[profile loop-a]\nrole_arn = a\nsource_profile = loop-b\n"
	    "[profile loop-b]\nrole_arn = b\nsource_profile = loop-a\n"
	    "[profile both]\nrole_arn = a\nsource_profile = keys\ncredential_source = Environment\n"
	    "[profile alone]\nrole_arn = a\n"
	    "[profile mfa]\nrole_arn = a\nsource_profile = keys\nmfa_serial = m\n"
	    "[profile short]\nrole_arn = a\nsource_profile = keys\nduration_seconds = 60\n"
	    "[profile dangling]\nrole_arn = a\nsource_profile = absent\n"
	    "[profile login]\nlogin_session = arn:aws:iam::1:user/x\n"
	    "[profile nothing]\nregion = eu-west-1\n");
	put("credentials", "[keys]\naws_access_key_id=K\naws_secret_access_key=S\n"
			   "[half]\naws_access_key_id=K\n"
			   "[own-keys]\naws_access_key_id=K\naws_secret_access_key=S\n"
			   "[process-and-keys]\naws_access_key_id=K\naws_secret_access_key=S\n"
			   "[no-secret]\naws_access_key_id=K\n");
	TEST(chain__the_first_that_is_configured_wins);
	TEST(chain__what_is_configured_wrongly_is_an_error);
	TEST(chain__an_identity_names_profile_and_role);
	TEST(credentials__are_renewed_in_time);
	TEST(credentials__answers_are_read_with_care);
	TEST(process__words_are_split_as_a_shell_would);
	TEST(process__half_a_command_is_refused);
	path = xstrfmt("%s/config", dir);
	unlink(path);
	free(path);
	path = xstrfmt("%s/credentials", dir);
	unlink(path);
	free(path);
	rmdir(dir);
	return test_done();
}
