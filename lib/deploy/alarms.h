#ifndef DEPLOY_ALARMS_H
#define DEPLOY_ALARMS_H

#include "aws/client.h"

/*
 * The states of CloudWatch's alarms, shared: AWS allows 9 DescribeAlarms a
 * second in an account and region, whoever asks. So all deployments of one
 * (account, region) are looked at in common rounds, a hundred names a call, a
 * name that many watch only once; a round begins when the watch that is most
 * in a hurry wants it, but never so soon that more than ALARM_RATE calls a
 * second are made.
 *
 * Source: CloudWatch API Reference, DescribeAlarms; CloudWatch User Guide,
 * "CloudWatch service quotas".
 */
#define ALARM_RATE     3 /* calls a second, at most */
#define ALARM_INTERVAL 5000
#define ALARM_SOONEST  100 /* ms between two rounds */

struct alarms;
struct alarm_group;

/* Valid during the callback. */
struct alarm_answer {
	/* One that is in ALARM, or was since the watch was set: it stays. Else all NULL. */
	const char *name;
	const char *metric;  /* "AWS/ApplicationELB HTTPCode_Target_5XX_Count", a rule, or NULL */
	const char *reason;  /* AWS's words */
	const char *missing; /* a name that does not exist, or NULL */
	const struct aws_result *failed; /* no answer, and why: nothing is known */
	unsigned misses;		 /* how often in a row by now */
};

/* Called after every round, from the loop, never from within alarm_watch_set(). */
typedef void alarm_fn(const struct alarm_answer *answer, void *data);

/* In its owner's struct; `names` must live as long as it is set. */
struct alarm_watch {
	struct alarm_group *group; /* NULL: not set */
	alarm_fn *fn;
	void *data;
	struct aws_client *client;
	char *const *names;
	size_t nr;
	int64_t interval; /* between two rounds, ms */
	unsigned misses;
	char *on_name, *on_metric, *on_reason; /* the first that was seen in ALARM */
	struct alarm_round *round;	       /* under way, and for it, too */
	struct alarm_watch *next, **prev;
};

struct alarms *alarms_new(struct aws_loop *loop);
/* Every watch must be off. */
void alarms_free(struct alarms *alarms);

void alarm_watch_init(struct alarm_watch *watch, alarm_fn *fn, void *data);
/* The first round begins at once. `account` is copied. */
void alarm_watch_set(struct alarms *alarms, struct alarm_watch *watch, struct aws_client *client,
		     const char *account, char *const *names, size_t nr, int64_t interval);
/* An answer is wanted now: that of the round under way, or of the next, at once. */
void alarm_watch_hurry(struct alarm_watch *watch);
/* Fine when it isn't set. */
void alarm_watch_stop(struct alarm_watch *watch);

#endif
