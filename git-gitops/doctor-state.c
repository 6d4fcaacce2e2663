#include "command.h"
#include "doctor.h"

#include "aws/sts.h"
#include "repo/notes.h"
#include "state/store.h"

#define FETCH "git fetch origin 'refs/notes/gitops/*:refs/notes/gitops/*'"

/* --- notes and refs */

static int count_note(const struct oid *object UNUSED, const struct oid *blob UNUSED, void *data)
{
	++*(size_t *)data;
	return 0;
}

/* 1 with how many commits have one, 0 when there are no such notes; negative: that was said. */
static int look_at_notes(struct doctor *doctor, const char *ref, size_t *nr)
{
	struct error err = ERROR_INIT;
	struct oid oid;
	int ret = repo_ref_read(doctor->repo, ref, &oid, &err);

	if (ret > 0 && notes_each(doctor->repo, ref, count_note, nr, &err) < 0)
		ret = -1;
	if (ret < 0) {
		error_prefix(&err, "%s", ref);
		doctor_say_error(doctor, "notes", &err);
	}
	return ret;
}

static void look_at_records(struct doctor *doctor, size_t commits)
{
	struct record_query query = { .latest = true };
	struct record_list list = RECORD_LIST_INIT;
	struct error err = ERROR_INIT;
	struct store *store = NULL;

	if (store_open_notes(&store, doctor->repo, &err) < 0 ||
	    store_find(store, &query, &list, &err) < 0)
		doctor_say_error(doctor, "notes", &err);
	else if (list.skipped)
		doctor_say(doctor, DOCTOR_WARNING, "notes",
			   "they are left as they are; a later version may have written them",
			   "%zu line%s of '%s' can't be read", list.skipped,
			   list.skipped == 1 ? "" : "s", STATE_RECORDS_REF);
	else
		doctor_say(doctor, DOCTOR_OK, "notes", NULL,
			   "%zu commit%s with records, of %zu service object%s", commits,
			   commits == 1 ? "" : "s", list.nr, list.nr == 1 ? "" : "s");
	record_list_release(&list);
	store_free(store);
}

struct processed {
	struct doctor *doctor;
	size_t nr, wrong;
};

static int take_processed(const char *ref, const struct oid *oid, void *data)
{
	struct processed *processed = data;
	struct commit_info info = { 0 };
	struct error err = ERROR_INIT;

	processed->nr++;
	if (repo_commit_info(processed->doctor->repo, oid, &info, &err) < 0) {
		processed->wrong++;
		error_prefix(&err, "%s", ref);
		doctor_say_error(processed->doctor, "refs", &err);
	}
	commit_info_release(&info);
	return 0;
}

void doctor_look_at_state(struct doctor *doctor)
{
	struct processed processed = { .doctor = doctor };
	struct error err = ERROR_INIT;
	size_t records = 0, lines = 0;
	int has_records = look_at_notes(doctor, STATE_RECORDS_REF, &records);

	if (has_records > 0)
		look_at_records(doctor, records);
	else if (!has_records && doctor->server)
		doctor_say(doctor, DOCTOR_OK, "notes", NULL, "nothing was deployed yet");
	else if (!has_records)
		doctor_say(doctor, DOCTOR_OK, "notes", FETCH, "none were fetched");
	if (look_at_notes(doctor, STATE_STATUS_REF, &lines) >= 0 && has_records >= 0 &&
	    lines != records)
		doctor_say(doctor, DOCTOR_WARNING, "notes",
			   doctor->server ? "the next deployment of a commit writes its line anew" :
					    FETCH,
			   "%zu commits have records, %zu a line in '%s'", records, lines,
			   STATE_STATUS_REF);
	if (!doctor->server)
		return;
	if (repo_ref_each(doctor->repo, "refs/gitops/processed/", take_processed, &processed,
			  &err) < 0)
		doctor_say_error(doctor, "refs", &err);
	else if (!processed.wrong)
		doctor_say(doctor, DOCTOR_OK, "refs", NULL, "%zu branch%s processed so far",
			   processed.nr, processed.nr == 1 ? "" : "es");
}

/* --- AWS */

struct who {
	struct aws_loop *loop;
	struct aws_result *result;
};

static void on_identity(struct aws_result *result, void *data)
{
	struct who *who = data;

	who->result = aws_result_take(result);
	aws_loop_stop(who->loop);
}

static int ask(struct who *who, struct aws_client *client, struct error *err)
{
	sts_get_caller_identity(client, on_identity, who);
	if (aws_loop_run(who->loop, err) < 0)
		return -1;
	if (!who->result)
		return error_set(err, ERROR_FAILED, "AWS was not asked");
	if (who->result->outcome == AWS_OK)
		return 0;
	error_move(err, &who->result->err);
	return -1;
}

void doctor_ask_aws(struct doctor *doctor)
{
	struct aws_client *client = NULL;
	struct error err = ERROR_INIT;
	struct who who = { 0 };
	struct aws *aws = NULL;
	const char *account, *arn;

	if (aws_loop_new(&who.loop, NULL, &err) < 0 || aws_open(&aws, who.loop, NULL, &err) < 0 ||
	    aws_client_get(&client, aws, NULL, NULL, &err) < 0 || ask(&who, client, &err) < 0) {
		doctor_say_error(doctor, "credentials", &err);
		goto out;
	}
	account = json_get_str(who.result->json, "Account");
	arn = json_get_str(who.result->json, "Arn");
	doctor_say(doctor, DOCTOR_OK, "credentials", NULL, "account %s, %s, region %s",
		   account ? account : "?", arn ? arn : "?", aws_client_region(client));
out:
	aws_result_free(who.result);
	aws_close(aws);
	aws_loop_free(who.loop);
}
