#include "base/base.h"
#include "aws/client.h"
#include "aws/internal.h"
#include "base/file.h"
#include "tap.h"

/*
 * When keys are renewed, with a clock in hand: a credential_process gives what
 * the test puts into a file.
 */
#define MINUTE INT64_C(60000)
#define START  INT64_C(1800000000000)

static char dir[] = "/tmp/u-aws-renewal.XXXXXX";
static int64_t now = START;

static int64_t read_now(void *data UNUSED)
{
	return now;
}

static const struct clock in_hand = { read_now, read_now, NULL };

static void put(const char *name, const char *text)
{
	char *path = xstrfmt("%s/%s", dir, name);
	struct error err = ERROR_INIT;

	if (file_write_atomic(path, NULL, text, strlen(text), 0600, &err) < 0)
		BUG("%s", err.message);
	free(path);
}

static void put_keys(const char *access_key, int64_t expires_ms)
{
	struct strbuf text = STRBUF_INIT;

	strbuf_addf(&text, "{\"Version\":1,\"AccessKeyId\":\"%s\",\"SecretAccessKey\":\"s\",",
		    access_key);
	strbuf_addstr(&text, "\"Expiration\":\"");
	format_time_ms(&text, expires_ms);
	strbuf_addstr(&text, "\"}");
	put("keys", text.buf);
	strbuf_release(&text);
}

struct world {
	struct aws_loop *loop;
	struct aws *aws;
	struct credentials *c;
	char *env[4];
};

static void set_up(struct world *w)
{
	struct aws_options options = { .profile = "p" };
	struct error err = ERROR_INIT;
	struct aws_client *client;

	memset(w, 0, sizeof(*w));
	w->env[0] = xstrfmt("AWS_CONFIG_FILE=%s/config", dir);
	w->env[1] = xstrdup("AWS_SHARED_CREDENTIALS_FILE=/dev/null");
	options.env = (const char *const *)w->env;
	if (aws_loop_new(&w->loop, &in_hand, &err) < 0 ||
	    aws_open(&w->aws, w->loop, &options, &err) < 0 ||
	    aws_client_get(&client, w->aws, NULL, "eu-west-1", &err) < 0)
		BUG("%s", err.message);
	w->c = client->credentials;
}

static void tear_down(struct world *w)
{
	aws_close(w->aws);
	aws_loop_free(w->loop);
	free(w->env[0]);
	free(w->env[1]);
}

/* A millisecond passes, or what waits for one would wait for ever. */
static void turn(struct world *w)
{
	struct error err = ERROR_INIT;

	now++;
	if (aws_loop_turn(w->loop, 1000, &err) < 0)
		BUG("%s", err.message);
}

static void until_fetched(struct world *w)
{
	while (w->c->fetching)
		turn(w);
}

struct told {
	bool done;
	char *message;
};

static void on_told(const struct error *err, void *data)
{
	struct told *told = data;

	told->done = true;
	told->message = err ? xstrdup(err->message) : NULL;
}

/* The access key that is there after waiting, or the error. */
static char *wait_for_keys(struct world *w)
{
	struct credentials_waiter waiter = { 0 };
	struct told told = { 0 };

	credentials_wait(w->c, &waiter, on_told, &told);
	while (!told.done)
		turn(w);
	if (told.message)
		return told.message;
	return xstrdup(credentials_peek(w->c) ? credentials_peek(w->c)->access_key : "none");
}

static void check_keys(struct world *w, const char *want)
{
	char *got = wait_for_keys(w);

	check_str(got, want);
	free(got);
}

static const char *peek(struct world *w)
{
	const struct aws_credentials *keys = credentials_peek(w->c);

	return keys ? keys->access_key : NULL;
}

static void test_renewal__begins_early_and_insists_late(void)
{
	struct world w;

	set_up(&w);
	put_keys("A", now + 60 * MINUTE);
	check_str(peek(&w), NULL);
	check(!w.c->fetching);
	check_keys(&w, "A");
	put_keys("B", now + 120 * MINUTE);
	now += 44 * MINUTE;
	check_str(peek(&w), "A");
	check(!w.c->fetching);
	now += 2 * MINUTE;
	check_str(peek(&w), "A");
	check(w.c->fetching);
	until_fetched(&w);
	check_str(peek(&w), "B");
	/* 9 minutes before the end nobody goes on with the old ones. */
	put_keys("C", now + 240 * MINUTE);
	now = w.c->keys.expires_ms - 9 * MINUTE;
	check_str(peek(&w), NULL);
	check_keys(&w, "C");
	tear_down(&w);
}

static void test_renewal__that_fails_leaves_what_is_good_still(void)
{
	struct world w;

	set_up(&w);
	put_keys("A", now + 60 * MINUTE);
	check_keys(&w, "A");
	put("keys", "no keys");
	now += 55 * MINUTE;
	check_str(peek(&w), NULL);
	check_keys(&w, "A");
	/* Not tried again by each call. */
	check_str(peek(&w), "A");
	check(!w.c->fetching);
	now += 4 * MINUTE;
	check_str(peek(&w), NULL);
	check(w.c->fetching);
	until_fetched(&w);
	now += 2 * MINUTE;
	check_str(peek(&w), NULL);
	check_keys(&w, "cannot get credentials from credential_process of profile 'p': "
		       "the answer is no JSON object");
	put_keys("B", now + 60 * MINUTE);
	check_keys(&w, "B");
	tear_down(&w);
}

static void test_renewal__follows_a_refusal(void)
{
	struct world w;

	set_up(&w);
	put_keys("A", now + 60 * MINUTE);
	check_keys(&w, "A");
	put_keys("B", now + 60 * MINUTE);
	check(credentials_reject(w.c, "A"));
	check_str(peek(&w), NULL);
	check_keys(&w, "B");
	/* Somebody else's refusal of the old ones comes late. */
	check(credentials_reject(w.c, "A"));
	check_str(peek(&w), "B");
	tear_down(&w);
}

static void test_renewal__takes_no_keys_that_have_expired(void)
{
	struct world w;

	set_up(&w);
	put_keys("A", now - 1);
	check_keys(&w, "the credentials of credential_process of profile 'p' have expired");
	tear_down(&w);
}

static void test_renewal__is_one_for_all_who_wait(void)
{
	struct credentials_waiter waiters[5] = { 0 };
	struct told told[5] = { 0 };
	struct world w;
	size_t i;

	set_up(&w);
	put_keys("A", now + 60 * MINUTE);
	for (i = 0; i < 5; i++)
		credentials_wait(w.c, &waiters[i], on_told, &told[i]);
	credentials_stop_waiting(&waiters[0]);
	credentials_stop_waiting(&waiters[2]);
	credentials_stop_waiting(&waiters[4]);
	credentials_stop_waiting(&waiters[4]);
	until_fetched(&w);
	for (i = 0; i < 5; i++)
		check_int(told[i].done, ==, i == 1 || i == 3);
	/* And closing while somebody waits calls nobody. */
	credentials_reject(w.c, "A");
	credentials_wait(w.c, &waiters[0], on_told, &told[0]);
	tear_down(&w);
	check(!told[0].done);
}

int main(void)
{
	char *config, *path;

	if (!mkdtemp(dir))
		BUG("mkdtemp(): %s", strerror(errno));
	config = xstrfmt("[profile p]\ncredential_process = cat %s/keys\n", dir);
	put("config", config);
	free(config);
	TEST(renewal__begins_early_and_insists_late);
	TEST(renewal__that_fails_leaves_what_is_good_still);
	TEST(renewal__follows_a_refusal);
	TEST(renewal__takes_no_keys_that_have_expired);
	TEST(renewal__is_one_for_all_who_wait);
	path = xstrfmt("%s/config", dir);
	unlink(path);
	free(path);
	path = xstrfmt("%s/keys", dir);
	unlink(path);
	free(path);
	rmdir(dir);
	return test_done();
}
