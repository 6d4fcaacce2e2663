#ifndef DEPLOY_INTERNAL_H
#define DEPLOY_INTERNAL_H

#include "deploy/account.h"
#include "deploy/step.h"

/* The names of what record->ids holds; all are strings. */
#define ID_MODE "mode" /* "create" or "update" */
#define ID_TASK_DEFINITION \
	"taskDefinition" /* what is deployed: an ARN, or as the definition names it */
#define ID_SERVICE	       "service"		/* its ARN */
#define ID_DEPLOYMENT	       "deployment"		/* ECS's id of our deployment */
#define ID_PREVIOUS	       "previousTaskDefinition" /* what ran before */
#define ID_PREVIOUS_DEPLOYMENT "previousDeployment"
#define ID_UNDO		       "undo"	 /* UpdateService's members as they were, JSON */
#define ID_SINCE	       "since"	 /* when we began to wait for stability, ms */
#define ID_BACK		       "back"	 /* ECS's id of the deployment that goes back */
#define ID_FORCED	       "forced"	 /* a new deployment is forced: "1" */
#define ID_GATE		       "gate"	 /* when somebody's approval was first waited for, ms */
#define ID_CREATED	       "created" /* when ECS began our deployment, ms by its clock */
/* Of what failed. */
#define ID_FAILED_TASK "failedTask" /* its id, the container to blame, its definition */
#define ID_LOG_STREAM  "logStream"  /* where that writes to: region, group, stream */
/* Of the task that runs before. */
#define ID_BEFORE_TASK	"beforeTask"  /* its ARN */
#define ID_BEFORE_SINCE "beforeSince" /* when it was started, ms */
#define ID_BEFORE_ENDED "beforeEnded" /* "well", or how else */
/* Of native.h. */
#define ID_SERVICE_DEPLOYMENT "serviceDeployment" /* ARN of ours */
#define ID_PREVIOUS_SERVICE_DEPLOYMENT \
	"previousServiceDeployment" /* the one before ours, if ECS told */
#define ID_OVER	      "over"	    /* its final status, once that was seen */
#define ID_BREAKER    "breaker"	    /* gmDeploymentCircuitBreaker ended it: "1" */
#define ID_STAGE      "stage"	    /* lifecycle stage seen last */
#define ID_HOOK	      "hook"	    /* pause that waits for somebody's approval */
#define ID_HOOK_SINCE "hookSince"   /* approvals that are older than this (ms) are not for it */
/* Of traffic.h; weights are "old:new". */
#define ID_OLD_GONE	"oldTaskSetGone" /* somebody else deleted it: "1" */
#define ID_GROUP_OLD	"oldTargetGroup"
#define ID_GROUP_NEW	"newTargetGroup"
#define ID_GROUP_IN_USE "targetGroupInUse" /* of what runs before anything is changed */
#define ID_RULE		"rule"
#define ID_LISTENER	"listener"     /* instead of a rule: its default action */
#define ID_WEIGHTS	"weights"      /* before anything was changed */
#define ID_TRAFFIC_NEW	"trafficNew"   /* nothing ran before, nobody is served yet: "1" */
#define ID_TRAFFIC_STEP "trafficStep"  /* being taken, from 0 */
#define ID_TRAFFIC_FROM "trafficFrom"  /* weights before it */
#define ID_TRAFFIC_TO	"trafficTo"    /* weights that it sets */
#define ID_TRAFFIC_WAIT "trafficWait"  /* when they were set, ms: the wait began */
#define ID_TRAFFIC_REST "trafficRest"  /* what was left of the wait when it was paused, ms */
#define ID_TRAFFIC_AT	"trafficSince" /* when healthy targets were first waited for, ms */
#define ID_TRAFFIC_LEFT "trafficLeft"  /* the way back was closed: "1" */
/* Of task sets (task-set.h). */
#define ID_TASK_SET	 "taskSet"	   /* ours; startedBy of its tasks */
#define ID_FALLBACK	 "fallbackTaskSet" /* ours with the fallback capacity strategy */
#define ID_PLACED	 "placed"	   /* in time, and of how many: "10 25" */
#define ID_OLD_TASK_SETS "oldTaskSets"	   /* what ran before, the PRIMARY one first */
#define ID_LEFTOVERS	 "leftovers"	   /* task sets of deployments that died */
/* Of functions (lambda.h). */
#define ID_VERSION	    "version"	    /* what the alias is to name */
#define ID_PUBLISHED	    "published"	    /* it was made by this deployment: "1" */
#define ID_CREATED	    "created"	    /* so was the function: "1" */
#define ID_OLD_VERSION	    "oldVersion"    /* what the alias named before; not there: no alias */
#define ID_ALIAS_REVISION   "aliasRevision" /* of the alias as it was left */
#define ID_SPLIT	    "split"	    /* the alias had two versions before: "1" */
#define ID_AT_ONCE	    "atOnce"	    /* its versions can't share traffic: "1" */
#define ID_REPLACED	    "replaced"	    /* versions that were, "3 4"; not there: not known */
#define ID_READY	    "ready"	    /* nothing differs from this revision of $LATEST */
#define ID_SAME		    "same"	  /* parts of $LATEST that need no change: LAMBDA_SAME_* */
#define ID_CODE_SHA	    "codeSha256"  /* of the code that is wanted, once Lambda has it */
#define ID_RESOLVED	    "resolved"	  /* layers and image as written, to what they are: JSON */
#define ID_WARM_UNDO	    "warmUndo"	  /* provisioned concurrency as it was: "0" for none */
#define ID_SIGNED	    "signed"	  /* its code signing was the definition's: "1" */
#define ID_KEPT		    "keptVersion" /* a rollback: "account/region/function/version" of then */
#define ID_MAPPINGS	    "mappings"	  /* event source mappings to be deleted */
#define ID_MAPPING	    "mapping"	  /* the one that is looked at, its UUID */
#define ID_MAPPINGS_MADE    "mappingsMade"    /* by this deployment, UUIDs */
#define ID_MAPPINGS_LEFT    "mappingsLeft"    /* not ours, left alone */
#define ID_MAPPINGS_MAKING  "mappingsMaking"  /* being made; lines: the members that tell which */
#define ID_MAPPINGS_OLD	    "mappingsOld"     /* deleted; lines: UUID, and what makes it again */
#define ID_MAPPINGS_KEPT    "mappingsKept"    /* they start elsewhere, and well so, UUIDs */
#define ID_MAPPING_OLD	    "mappingOld"      /* the one that is to be replaced, as answered */
#define ID_PERMISSION	    "permission"      /* the one that is looked at, its statement's id */
#define ID_PERMISSIONS_MADE "permissionsMade" /* by this deployment, ids of statements */
#define ID_PERMISSIONS_OLD  "permissionsOld"  /* some are of what is not listed any more: "1" */
#define ID_TARGETS_MADE	    "targetsMade" /* lines "group target": where ours is, what was there */
#define ID_ROUTES	    "routes"	  /* lines "API route key" of the routes that are listed */
#define ID_API_UNDO	    "apiUndo" /* what takes back what was done to APIs, the last first */
/* Of the API that is looked at. */
#define ID_API		   "api"	    /* its id */
#define ID_API_TARGET	   "apiTarget"	    /* of the route */
#define ID_API_URI	   "apiUri"	    /* of the route's integration */
#define ID_API_INTEGRATION "apiIntegration" /* that may go */
#define ID_API_LEFT	   "apiLeft"	    /* integrations that are needed, or not ours */
#define ID_API_DEPLOYMENT  "apiDeployment"  /* of the API, by this deployment */
#define ID_URL		   "url"	    /* of the alias */
#define ID_URL_OURS	   "urlOurs"	    /* we made it: "1" */
#define ID_URL_UNDO	   "urlUndo"	    /* see lambda-url.c */
#define ID_URL_OPENED	   "urlOpened"	    /* statements that let everybody in, their ids */
/* Those that were changed, a line each: UUID, and what makes it as it was. */
#define ID_MAPPINGS_CHANGED "mappingsChanged"

struct engine {
	struct aws_loop *loop;
	struct aws *aws;
	const struct clock *clock;
	int64_t epoch; /* what the wall clock showed at 0 of the monotonic one, once */
	struct engine_options options;
	struct poller *poller;
	struct accounts *accounts;
	struct targets *targets;
	struct alarms *alarms;
	struct lane *lanes;
	struct deployment *running;
	size_t running_nr, waiting_nr, parked_nr; /* parked ones are in `running`, too */
	struct loop_timer pump;
	size_t room_taken; /* bytes; room.c */
};

/* Give back what deploy_take_room() gave, and don't wait for it any more. */
void deploy_leave_room(struct deployment *d);

/* To record->ids, and back. */
void deploy_ids_write(struct deployment *d);
void deploy_ids_read(struct deployment *d);
void deploy_ids_clear(struct deployment *d);
/*
 * Moments (see deploy_moment()) that lie ahead are of a worker whose clock was
 * wrong: waits that began then begin now, or they would not end.
 */
void deploy_ids_mend_moments(struct deployment *d);

/* d->client from the settings; nothing is asked of the network. */
int deploy_get_client(struct deployment *d, struct error *err) MUST_CHECK;

/* asked.c */
enum asked_result {
	ASKED_NOW,     /* wake it */
	ASKED_LATER,   /* it sees it by itself */
	ASKED_TOO_LATE /* an event says why */
};
enum asked_result deploy_ask(struct deployment *d, enum control_verb verb, const char *by,
			     const char *reason, int64_t at);
/* It is to be cancelled, and nothing that AWS answered waits to be taken in. */
bool deploy_is_interrupted(const struct deployment *d);
/* It was to be cancelled, but has come too far since: say so, once. */
void deploy_drop_late_cancel(struct deployment *d);
enum step_result deploy_interrupt(struct deployment *d);
/* Wait without a slot until engine_ask() wakes it (or a timer that the step sets). */
enum step_result deploy_wait_for_people(struct deployment *d, const char *what, int phase);
bool deploy_step_applies(const struct deployment *d, const struct deploy_step *step);
/* engine.c: give its slot to another one until it is woken. */
void engine_park(struct deployment *d);

/* `account` NULL: `failed` says why. */
void deployment_on_account(struct deployment *d, const char *account,
			   const struct aws_result *failed);

/* What traffic_find() collects; fine with NULL. */
void traffic_search_free(struct traffic_search *search);
/* What is known of a service deployment; fine with NULL. */
void native_state_free(struct native_state *state);

#endif
