#include "base/base.h"
#include "aws/settings.h"
#include "base/strbuf.h"
#include "tap.h"

static void parse(struct aws_settings *settings, const char *config, const char *credentials)
{
	struct error err = ERROR_INIT;

	memset(settings, 0, sizeof(*settings));
	settings->profile = xstrdup("default");
	if (aws_settings_parse(&settings->config, config, strlen(config), false, "c", &err) < 0 ||
	    aws_settings_parse(&settings->credentials, credentials, strlen(credentials), true, "s",
			       &err) < 0)
		tap_check(__FILE__, __LINE__, "%s", err.message);
	error_release(&err);
}

static const char *profile(const struct aws_settings *settings, const char *name, const char *key)
{
	return aws_setting(settings, SETTINGS_PROFILE, name, key);
}

static void test_settings__sections_are_named_as_the_cli_has_them(void)
{
	struct aws_settings s;

	parse(&s,
	      "[default]\nregion = eu-west-1\n"
	      "[profile dev]\nregion=us-east-1\n"
	      "[profile \"two words\"]\nregion = a\n"
	      "[dev2]\nregion = skipped\n"
	      "[preview]\ncloudfront = true\n"
	      "[sso-session s]\nsso_region = eu-north-1\n"
	      "[services x]\necs =\n  endpoint_url = http://h:1\nsts = \n  endpoint_url=http://h:2\n",
	      "[dev]\naws_access_key_id = A\n[cred]\nregion = from-credentials\n");
	check_str(profile(&s, "default", "region"), "eu-west-1");
	check_str(profile(&s, "dev", "region"), "us-east-1");
	check_str(profile(&s, "dev", "aws_access_key_id"), "A");
	check_str(profile(&s, "two words", "region"), "a");
	check_str(profile(&s, "dev2", "region"), NULL);
	check_str(profile(&s, "cred", "region"), "from-credentials");
	check_str(aws_setting(&s, SETTINGS_SSO_SESSION, "s", "sso_region"), "eu-north-1");
	check_str(aws_setting(&s, SETTINGS_SERVICES, "x", "ecs.endpoint_url"), "http://h:1");
	check_str(aws_setting(&s, SETTINGS_SERVICES, "x", "sts.endpoint_url"), "http://h:2");
	check(aws_has_profile(&s, "dev"));
	check(aws_has_profile(&s, "cred"));
	check(!aws_has_profile(&s, "dev2"));
	check(!aws_has_profile(&s, "x"));
	aws_settings_release(&s);
}

static void test_settings__the_credentials_file_wins_key_by_key(void)
{
	struct aws_settings s;

	parse(&s, "[default]\naws_access_key_id = config\nregion = r\n",
	      "[default]\naws_access_key_id = credentials\n");
	check_str(profile(&s, "default", "aws_access_key_id"), "credentials");
	check_str(profile(&s, "default", "region"), "r");
	check_str(aws_setting_in_config(&s, "default", "aws_access_key_id"), "config");
	aws_settings_release(&s);
}

static void test_settings__blanks_comments_and_case(void)
{
	struct aws_settings s;

	parse(&s,
	      "\xef\xbb\xbf# a comment\r\n; another\r\n\r\n[ default ] # here too\r\n"
	      "Region\t=\t eu-west-1 # why not\r\n"
	      "aws_secret_access_key = a#b;c/+=\r\n"
	      "output =\r\n"
	      "role_arn = arn:aws:iam::1:role/x ; old\r\n",
	      "");
	check_str(profile(&s, "default", "region"), "eu-west-1");
	check_str(profile(&s, "default", "aws_secret_access_key"), "a#b;c/+=");
	check_str(profile(&s, "default", "output"), NULL);
	check_str(profile(&s, "default", "role_arn"), "arn:aws:iam::1:role/x");
	aws_settings_release(&s);
}

static void test_settings__an_indented_line_belongs_to_the_key_above(void)
{
	struct aws_settings s;

	parse(&s,
	      "[default]\ns3 =\n  max_concurrent_requests = 20\n  region = not-ours\nregion = r\n"
	      "  continued\n",
	      "");
	check_str(profile(&s, "default", "region"), "r");
	check_str(profile(&s, "default", "s3.region"), "not-ours");
	aws_settings_release(&s);
}

static void test_settings__nonsense_is_named_with_its_line(void)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{ "[default]\nregion = a\nnonsense\n", "f:3: neither a section nor 'key = value'" },
		{ "[default\n", "f:1: a section without its ']'" },
		{ "[]\n", "f:1: a section without a name" },
		{ "[default]\n = x\n", "f:2: a value without a key" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct strmap map = STRMAP_INIT;
		struct error err = ERROR_INIT;

		test_context("%s", cases[i].text);
		check_int(aws_settings_parse(&map, cases[i].text, strlen(cases[i].text), true, "f",
					     &err),
			  <, 0);
		check_str(err.message, cases[i].message);
		error_release(&err);
		aws_settings_release_map(&map);
	}
}

static void test_settings__lines_have_a_limit(void)
{
	struct strmap map = STRMAP_INIT;
	struct error err = ERROR_INIT;
	struct strbuf text = STRBUF_INIT;

	strbuf_addstr(&text, "[default]\nregion = ");
	strbuf_addchars(&text, 'x', SETTINGS_MAX_LINE);
	check_int(aws_settings_parse(&map, text.buf, text.len, true, "f", &err), <, 0);
	error_release(&err);
	check_int(aws_settings_parse(&map, "[a]\nb\0=c\n", 9, true, "f", &err), <, 0);
	error_release(&err);
	strbuf_release(&text);
	aws_settings_release_map(&map);
}

static void test_settings__environment_flags(void)
{
	static const char *const env[] = {
		"A=true", "B=TRUE", "C=1", "D=false", "E=", "FF=x", NULL
	};
	struct aws_settings s = { .env = env };

	check(aws_env_flag(&s, "A"));
	check(aws_env_flag(&s, "B"));
	check(aws_env_flag(&s, "C"));
	check(!aws_env_flag(&s, "D"));
	check_str(aws_env(&s, "E"), NULL);
	check_str(aws_env(&s, "F"), NULL);
	check_str(aws_env(&s, "HOME"), NULL);
}

int main(void)
{
	TEST(settings__sections_are_named_as_the_cli_has_them);
	TEST(settings__the_credentials_file_wins_key_by_key);
	TEST(settings__blanks_comments_and_case);
	TEST(settings__an_indented_line_belongs_to_the_key_above);
	TEST(settings__nonsense_is_named_with_its_line);
	TEST(settings__lines_have_a_limit);
	TEST(settings__environment_flags);
	return test_done();
}
