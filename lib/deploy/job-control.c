#include "base/base.h"
#include "deploy/job-internal.h"

/*
 * What people ask of a job's deployments: from the spool into the journal, to
 * the engine, out of the spool. A worker that dies before the last of these is
 * followed by one that finds it in both; what the journal has is not asked again,
 * since it may have been answered, and followed by something else, meanwhile.
 */

static void remember(struct object *object, const struct control *control)
{
	free(object->asked[control->verb].by);
	free(object->asked[control->verb].reason);
	object->asked[control->verb].by = xstrdup(control->actor);
	object->asked[control->verb].reason = xstrdup_or_null(control->reason);
	object->asked[control->verb].at = control->created_at;
}

static void forget(struct object *object, enum control_verb verb)
{
	FREE_AND_NULL(object->asked[verb].by);
	FREE_AND_NULL(object->asked[verb].reason);
}

void object_forget_asked(struct object *object)
{
	int verb;

	for (verb = 0; verb < CONTROL_NR; verb++)
		forget(object, (enum control_verb)verb);
}

static void ask_object(struct run *run, struct object *object, const struct control *control)
{
	if (object->over)
		return;
	if (object->started && engine_ask(run->runner->engine, object->id, control->verb,
					  control->actor, control->reason, control->created_at))
		return;
	/* It is not there yet. */
	remember(object, control);
	if (control->verb == CONTROL_CANCEL)
		run_wake_object(run, object);
	if (control->verb == CONTROL_RESUME)
		forget(object, CONTROL_PAUSE);
	else if (control->verb == CONTROL_PAUSE)
		forget(object, CONTROL_RESUME);
}

static void apply(struct run *run, const struct control *control)
{
	size_t i;

	if (!control->deployment) {
		for (i = 0; i < run->nr; i++)
			ask_object(run, &run->objects[i], control);
	} else {
		struct object *object = strmap_get(&run->by_id, control->deployment);

		if (object)
			ask_object(run, object, control);
	}
}

void run_ask_engine(struct run *run, struct object *object)
{
	int verb;

	for (verb = 0; verb < CONTROL_NR; verb++)
		if (object->asked[verb].by)
			engine_ask(run->runner->engine, object->id, (enum control_verb)verb,
				   object->asked[verb].by, object->asked[verb].reason,
				   object->asked[verb].at);
	object_forget_asked(object);
}

void run_keep_control(struct run *run, struct control *control)
{
	strmap_put(&run->control_ids, control->id, run);
	ALLOC_GROW(run->controls, run->controls_nr + 1, run->controls_alloc);
	run->controls[run->controls_nr++] = *control;
	*control = (struct control){ 0 };
}

void run_replay_controls(struct run *run)
{
	size_t i;

	for (i = 0; i < run->controls_nr; i++) {
		apply(run, &run->controls[i]);
		control_release(&run->controls[i]);
	}
	run->controls_nr = 0;
}

struct taking {
	struct run *run;
	struct error *err;
};

static int take(const struct control *control, void *data)
{
	struct taking *taking = data;
	struct run *run = taking->run;

	if (!str_eq(control->job, run->claim->job.id))
		return 0;
	if (!strmap_has(&run->control_ids, control->id)) {
		if (run_write_control(run, control, taking->err) < 0)
			return -1;
		strmap_put(&run->control_ids, control->id, run);
		apply(run, control);
	}
	spool_drop_control(run->spool, control->id);
	return 0;
}

int run_take_controls(struct run *run, struct error *err)
{
	struct taking taking = { run, err };

	return spool_each_control(run->spool, take, &taking, err);
}
