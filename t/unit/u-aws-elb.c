#include "base/base.h"
#include "aws/elbv2.h"
#include "aws/xml.h"
#include "tap.h"

#define A "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/a/1"
#define B "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/b/2"
#define C "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/c/3"
#define T(arn, weight) \
	"<member><TargetGroupArn>" arn "</TargetGroupArn><Weight>" weight "</Weight></member>"

static struct arena arena = ARENA_INIT;

/* The Actions of what AWS would answer. */
static const struct json *actions_of(const char *members)
{
	struct error err = ERROR_INIT;
	char *xml = xstrfmt("<R><Actions>%s</Actions></R>", members);
	const struct json *v = xml_parse(&arena, xml, strlen(xml), &err);

	if (!v)
		printf("# %s\n", err.message);
	error_release(&err);
	free(xml);
	return json_path(v, "R.Actions");
}

/* "&A.member.1.x=" for people: a line each, ARNs as their letter, decoded. */
static void show(struct strbuf *out, const struct strbuf *form)
{
	const char *p = form->buf;

	while (*p) {
		if (*p == '&') {
			strbuf_addch(out, '\n');
			p++;
		} else if (starts_with(p, "arn%3A")) {
			const char *slash = strstr(p, "targetgroup%2F");

			strbuf_addch(out, slash[strlen("targetgroup%2F")]);
			p += strcspn(p, "&");
		} else if (starts_with(p, "Actions.member.")) {
			p += strlen("Actions.member.");
		} else if (p[0] == '%' && isxdigit((unsigned char)p[1])) {
			char hex[3] = { p[1], p[2], '\0' };

			strbuf_addch(out, (char)strtol(hex, NULL, 16));
			p += 3;
		} else {
			strbuf_addch(out, *p++);
		}
	}
}

static void set(struct elb_forward *forward, const char *group, int64_t weight)
{
	int i = elb_find_group(forward, group);

	if (i < 0) {
		i = (int)forward->nr++;
		forward->v[i].group = group;
	}
	forward->v[i].weight = weight;
}

static void test_elb__sends_back_all_but_two_weights(void)
{
	static const struct {
		const char *what, *xml, *want;
	} rows[] = {
		{ "a single group is returned twice",
		  "<member><Type>forward</Type><TargetGroupArn>" A
		  "</TargetGroupArn><Order>1</Order>"
		  "<ForwardConfig><TargetGroups>" T(
			  A,
			  "1") "</TargetGroups>"
			       "<TargetGroupStickinessConfig><Enabled>false</Enabled></TargetGroupStickinessConfig>"
			       "</ForwardConfig></member>",
		  "1.Type=forward\n1.Order=1\n"
		  "1.ForwardConfig.TargetGroups.member.1.TargetGroupArn=a\n"
		  "1.ForwardConfig.TargetGroups.member.1.Weight=80\n"
		  "1.ForwardConfig.TargetGroups.member.2.TargetGroupArn=b\n"
		  "1.ForwardConfig.TargetGroups.member.2.Weight=20\n"
		  "1.ForwardConfig.TargetGroupStickinessConfig.Enabled=false" },
		{ "a group without a list",
		  "<member><TargetGroupArn>" A "</TargetGroupArn><Type>forward</Type></member>",
		  "1.Type=forward\n"
		  "1.ForwardConfig.TargetGroups.member.1.TargetGroupArn=a\n"
		  "1.ForwardConfig.TargetGroups.member.1.Weight=80\n"
		  "1.ForwardConfig.TargetGroups.member.2.TargetGroupArn=b\n"
		  "1.ForwardConfig.TargetGroups.member.2.Weight=20" },
		{ "further groups, stickiness, members of tomorrow",
		  "<member><Type>forward</Type><Order>5</Order><Later>x y&amp;z</Later><ForwardConfig>"
		  "<TargetGroups>" T(C, "300") T(B, "0") T(
			  A,
			  "100") "</TargetGroups><TargetGroupStickinessConfig><DurationSeconds>3600</DurationSeconds>"
				 "<Enabled>true</Enabled></TargetGroupStickinessConfig><Mode>new</Mode>"
				 "</ForwardConfig></member>",
		  "1.Type=forward\n1.Order=5\n1.Later=x y&z\n"
		  "1.ForwardConfig.TargetGroups.member.1.TargetGroupArn=c\n"
		  "1.ForwardConfig.TargetGroups.member.1.Weight=300\n"
		  "1.ForwardConfig.TargetGroups.member.2.TargetGroupArn=b\n"
		  "1.ForwardConfig.TargetGroups.member.2.Weight=20\n"
		  "1.ForwardConfig.TargetGroups.member.3.TargetGroupArn=a\n"
		  "1.ForwardConfig.TargetGroups.member.3.Weight=80\n"
		  "1.ForwardConfig.TargetGroupStickinessConfig.DurationSeconds=3600\n"
		  "1.ForwardConfig.TargetGroupStickinessConfig.Enabled=true\n"
		  "1.ForwardConfig.Mode=new" },
		{ "a member of tomorrow in a group of the list",
		  "<member><Type>forward</Type><ForwardConfig><TargetGroups><member><TargetGroupArn>" A
		  "</TargetGroupArn><Weight>100</Weight><Zone>z1</Zone></member></TargetGroups>"
		  "</ForwardConfig></member>",
		  "1.Type=forward\n"
		  "1.ForwardConfig.TargetGroups.member.1.TargetGroupArn=a\n"
		  "1.ForwardConfig.TargetGroups.member.1.Weight=80\n"
		  "1.ForwardConfig.TargetGroups.member.1.Zone=z1\n"
		  "1.ForwardConfig.TargetGroups.member.2.TargetGroupArn=b\n"
		  "1.ForwardConfig.TargetGroups.member.2.Weight=20" },
		{ "OpenID Connect keeps its secret, which is never shown",
		  "<member><Type>authenticate-oidc</Type><Order>1</Order><AuthenticateOidcConfig>"
		  "<Issuer>https://id.example</Issuer><ClientId>web</ClientId>"
		  "<SessionTimeout>604800</SessionTimeout><AuthenticationRequestExtraParams>"
		  "<entry><key>display</key><value>page</value></entry>"
		  "<entry><key>prompt</key><value>login</value></entry>"
		  "</AuthenticationRequestExtraParams></AuthenticateOidcConfig></member>"
		  "<member><Type>forward</Type><Order>2</Order><TargetGroupArn>" A
		  "</TargetGroupArn></member>",
		  "1.Type=authenticate-oidc\n1.Order=1\n"
		  "1.AuthenticateOidcConfig.Issuer=https://id.example\n"
		  "1.AuthenticateOidcConfig.ClientId=web\n"
		  "1.AuthenticateOidcConfig.SessionTimeout=604800\n"
		  "1.AuthenticateOidcConfig.AuthenticationRequestExtraParams.entry.1.key=display\n"
		  "1.AuthenticateOidcConfig.AuthenticationRequestExtraParams.entry.1.value=page\n"
		  "1.AuthenticateOidcConfig.AuthenticationRequestExtraParams.entry.2.key=prompt\n"
		  "1.AuthenticateOidcConfig.AuthenticationRequestExtraParams.entry.2.value=login\n"
		  "1.AuthenticateOidcConfig.UseExistingClientSecret=true\n"
		  "2.Type=forward\n2.Order=2\n"
		  "2.ForwardConfig.TargetGroups.member.1.TargetGroupArn=a\n"
		  "2.ForwardConfig.TargetGroups.member.1.Weight=80\n"
		  "2.ForwardConfig.TargetGroups.member.2.TargetGroupArn=b\n"
		  "2.ForwardConfig.TargetGroups.member.2.Weight=20" },
		{ "OpenID Connect says once that it keeps its secret",
		  "<member><Type>authenticate-oidc</Type><AuthenticateOidcConfig>"
		  "<UseExistingClientSecret>false</UseExistingClientSecret><Scope>openid</Scope>"
		  "</AuthenticateOidcConfig></member>",
		  "1.Type=authenticate-oidc\n1.AuthenticateOidcConfig.Scope=openid\n"
		  "1.AuthenticateOidcConfig.UseExistingClientSecret=true" },
		{ "Cognito, one parameter and none",
		  "<member><Type>authenticate-cognito</Type><AuthenticateCognitoConfig>"
		  "<UserPoolArn>p</UserPoolArn><AuthenticationRequestExtraParams>"
		  "<entry><key>a</key><value>1 2</value></entry></AuthenticationRequestExtraParams>"
		  "<OnUnauthenticatedRequest>deny</OnUnauthenticatedRequest>"
		  "</AuthenticateCognitoConfig></member><member><Type>authenticate-cognito</Type>"
		  "<AuthenticateCognitoConfig><UserPoolDomain>d</UserPoolDomain>"
		  "<AuthenticationRequestExtraParams/></AuthenticateCognitoConfig></member>",
		  "1.Type=authenticate-cognito\n1.AuthenticateCognitoConfig.UserPoolArn=p\n"
		  "1.AuthenticateCognitoConfig.AuthenticationRequestExtraParams.entry.1.key=a\n"
		  "1.AuthenticateCognitoConfig.AuthenticationRequestExtraParams.entry.1.value=1 2\n"
		  "1.AuthenticateCognitoConfig.OnUnauthenticatedRequest=deny\n"
		  "2.Type=authenticate-cognito\n2.AuthenticateCognitoConfig.UserPoolDomain=d" },
		{ "tokens are checked, with lists in lists",
		  "<member><Type>jwt-validation</Type><JwtValidationConfig><JwksEndpoint>https://k"
		  "</JwksEndpoint><Issuer>i</Issuer><AdditionalClaims><member><Format>string-array</Format>"
		  "<Name>aud</Name><Values><member>x</member><member>y</member></Values></member>"
		  "</AdditionalClaims></JwtValidationConfig></member>",
		  "1.Type=jwt-validation\n1.JwtValidationConfig.JwksEndpoint=https://k\n"
		  "1.JwtValidationConfig.Issuer=i\n"
		  "1.JwtValidationConfig.AdditionalClaims.member.1.Format=string-array\n"
		  "1.JwtValidationConfig.AdditionalClaims.member.1.Name=aud\n"
		  "1.JwtValidationConfig.AdditionalClaims.member.1.Values.member.1=x\n"
		  "1.JwtValidationConfig.AdditionalClaims.member.1.Values.member.2=y" },
		{ "a redirect that drops the query, which is an empty string",
		  "<member><Type>redirect</Type><Order>1</Order><RedirectConfig><Protocol>HTTPS</Protocol>"
		  "<Path>/#{path}</Path><Query/><StatusCode>HTTP_301</StatusCode></RedirectConfig>"
		  "<ForwardConfig/></member>",
		  "1.Type=redirect\n1.Order=1\n1.RedirectConfig.Protocol=HTTPS\n"
		  "1.RedirectConfig.Path=/#{path}\n1.RedirectConfig.Query=\n"
		  "1.RedirectConfig.StatusCode=HTTP_301" },
		{ "a fixed response",
		  "<member><Type>fixed-response</Type><FixedResponseConfig><MessageBody>a b\xc3\xa9"
		  "</MessageBody><StatusCode>503</StatusCode><ContentType>text/plain</ContentType>"
		  "</FixedResponseConfig></member>",
		  "1.Type=fixed-response\n1.FixedResponseConfig.MessageBody=a b\xc3\xa9\n"
		  "1.FixedResponseConfig.StatusCode=503\n1.FixedResponseConfig.ContentType=text/plain" },
		{ "an action of tomorrow",
		  "<member><Type>dance</Type><DanceConfig><Steps><member><Left>1</Left></member></Steps>"
		  "</DanceConfig></member>",
		  "1.Type=dance\n1.DanceConfig.Steps.member.1.Left=1" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct json *actions = actions_of(rows[i].xml);
		struct strbuf form = STRBUF_INIT, shown = STRBUF_INIT;
		struct elb_forward forward;

		test_context("%s", rows[i].what);
		if (elb_get_forward(&forward, actions)) {
			set(&forward, A, 80);
			set(&forward, B, 20);
		}
		elb_add_actions(&form, "Actions", actions, &forward);
		show(&shown, &form);
		check_str(shown.buf, rows[i].want);
		strbuf_release(&form);
		strbuf_release(&shown);
	}
}

static void test_elb__reads_weights_and_stickiness(void)
{
	struct elb_forward f;

	check(elb_get_forward(
		&f, actions_of("<member><Type>authenticate-oidc</Type></member><member>"
			       "<Type>forward</Type><ForwardConfig><TargetGroups>" T(A, "0") T(
				       B, "999") "</TargetGroups><TargetGroupStickinessConfig>"
						 "<Enabled>true</Enabled><DurationSeconds>60"
						 "</DurationSeconds></TargetGroupStickinessConfig>"
						 "</ForwardConfig></member>")));
	check_uint(f.nr, ==, 2);
	check_int(f.v[0].weight, ==, 0);
	check_int(f.v[elb_find_group(&f, B)].weight, ==, 999);
	check_int(f.sticky_s, ==, 60);
	check_int(elb_find_group(&f, C), ==, -1);

	check(elb_get_forward(&f, actions_of("<member><Type>forward</Type><TargetGroupArn>" A
					     "</TargetGroupArn></member>")));
	check_int(f.v[0].weight, ==, 1);
	check_int(f.sticky_s, ==, 0);
}

static void test_elb__takes_no_nonsense(void)
{
	static const char *const rows[] = {
		"",
		"<member/>",
		"<member><Type>forward</Type></member>",
		"<member><Type>redirect</Type><TargetGroupArn>" A "</TargetGroupArn></member>",
		"<member><Type>forward</Type><ForwardConfig><TargetGroups><member>x</member>"
		"</TargetGroups></ForwardConfig></member>",
		"<member><Type>forward</Type><ForwardConfig><TargetGroups>" T(A, "1") T(A, "1")
			T(A, "1") T(A, "1") T(A, "1") T(A, "1") T(A, "1") T(A, "1") T(A, "1")
				T(A, "1") T(A, "1") "</TargetGroups></ForwardConfig></member>",
	};
	struct elb_forward f;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		test_context("%.60s", rows[i]);
		check(!elb_get_forward(&f, actions_of(rows[i])));
	}
	check(!elb_get_forward(&f, NULL));
}

int main(void)
{
	TEST(elb__sends_back_all_but_two_weights);
	TEST(elb__reads_weights_and_stickiness);
	TEST(elb__takes_no_nonsense);
	arena_release(&arena);
	return test_done();
}
