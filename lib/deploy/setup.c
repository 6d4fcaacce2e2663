#include "base/base.h"
#include "base/file.h"
#include "base/json.h"
#include "deploy/freeze.h"
#include "deploy/setup-internal.h"
#include "deploy/setup.h"
#include "spool/spool.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#define STATE_VERSION 1
#define STATE_MAX     (16 << 20)

void setup_state_release(struct setup_state *state)
{
	size_t i;

	for (i = 0; i < state->settings_nr; i++) {
		free(state->settings[i].key);
		free(state->settings[i].value);
		free(state->settings[i].old);
	}
	free(state->settings);
	free(state->config_before);
	free(state->config_digest);
	*state = (struct setup_state){ 0 };
}

static int parse_state(struct setup_state *state, const struct json *root, struct error *err)
{
	const struct json *settings = json_get(root, "settings");
	size_t i;

	if (!root || json_get_int(root, "version", 0) != STATE_VERSION)
		return error_set(err, ERROR_INVALID, "it is not of version %d", STATE_VERSION);
	state->config_before = xstrdup_or_null(json_get_str(root, "configBefore"));
	state->config_digest = xstrdup_or_null(json_get_str(root, "configDigest"));
	for (i = 0; settings && settings->type == JSON_ARRAY && i < settings->u.array.nr; i++) {
		const struct json *item = &settings->u.array.items[i];
		const char *key = json_get_str(item, "key"), *value = json_get_str(item, "value");
		struct setup_setting *s;

		if (!key || !value)
			return error_set(err, ERROR_INVALID, "a setting has no key or value");
		ALLOC_GROW(state->settings, state->settings_nr + 1, state->settings_alloc);
		s = &state->settings[state->settings_nr++];
		s->key = xstrdup(key);
		s->value = xstrdup(value);
		s->old = xstrdup_or_null(json_get_str(item, "old"));
	}
	return 0;
}

/* No file: nothing was done yet. */
int setup_state_read(struct setup_state *state, const char *path, struct error *err)
{
	struct strbuf text = STRBUF_INIT_MAX(STATE_MAX);
	struct json_problems problems = JSON_PROBLEMS_INIT;
	struct arena arena = ARENA_INIT;
	int ret = 0;

	*state = (struct setup_state){ 0 };
	if (!access(path, F_OK)) {
		ret = file_read(path, &text, err);
		if (!ret)
			ret = parse_state(state,
					  json_parse(&arena, text.buf, text.len, NULL, &problems),
					  err);
		if (ret < 0)
			error_prefix(err, "cannot read '%s'", path);
	}
	json_problems_release(&problems);
	arena_release(&arena);
	strbuf_release(&text);
	return ret;
}

int setup_state_write(const struct setup_state *state, const char *path, mode_t mode,
		      struct error *err)
{
	struct strbuf out = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&out, 2);
	size_t i;
	int ret;

	jw_object(&jw, NULL);
	jw_int(&jw, "version", STATE_VERSION);
	jw_array(&jw, "settings");
	for (i = 0; i < state->settings_nr; i++) {
		jw_object(&jw, NULL);
		jw_str(&jw, "key", state->settings[i].key);
		jw_str(&jw, "value", state->settings[i].value);
		if (state->settings[i].old)
			jw_str(&jw, "old", state->settings[i].old);
		jw_end(&jw);
	}
	jw_end(&jw);
	if (state->config_before)
		jw_str(&jw, "configBefore", state->config_before);
	if (state->config_digest)
		jw_str(&jw, "configDigest", state->config_digest);
	jw_end(&jw);
	strbuf_addch(&out, '\n');
	ret = file_write_atomic(path, NULL, out.buf, out.len, mode, err);
	strbuf_release(&out);
	return ret;
}

/* Permissions of the spool's directories, from core.sharedRepository (git-config(1)). */
static int spool_mode(const char *git_dir, mode_t *mode, struct error *err)
{
	struct strbuf text = STRBUF_INIT_MAX(4096);
	int ret = setup_config_get(NULL, git_dir, NULL, "core.sharedRepository", &text, err);
	const char *value, *last;

	strbuf_rtrim(&text);
	last = strrchr(text.buf, '\n');
	value = last ? last + 1 : text.buf;
	*mode = 0700;
	if (ret <= 0)
		goto out;
	if (!*value || str_eq(value, "group") || !strcasecmp(value, "true") || str_eq(value, "1")) {
		*mode = 02770;
	} else if (str_eq(value, "all") || str_eq(value, "world") || str_eq(value, "everybody") ||
		   str_eq(value, "2")) {
		*mode = 02775;
	} else if (value[0] == '0' && strspn(value, "01234567") == strlen(value)) {
		mode_t files = (mode_t)strtoul(value, NULL, 8) & 0666;

		/* Who may read a directory's files may search it. */
		*mode = (0700 | files | ((files & 0444) >> 2)) & 0777;
		if (*mode & 0070)
			*mode |= 02000;
	}
out:
	strbuf_release(&text);
	return ret < 0 ? -1 : 0;
}

static int check_owner(const char *git_dir, struct error *err)
{
	struct stat st;

	if (stat(git_dir, &st) < 0)
		return error_errno(err, "cannot read '%s'", git_dir);
	if (geteuid() || st.st_uid == 0)
		return 0;
	/* Root's files in there would break the pushes of its owner. */
	error_set(err, ERROR_DENIED, "'%s' belongs to user %d, not to root", git_dir,
		  (int)st.st_uid);
	return error_hint(err, "run this as that user, with 'runuser' or 'sudo -u'");
}

/* A setting that every push would be refused for is told of when somebody looks. */
static int check_freezes(const char *git_dir, struct error *err)
{
	struct strbuf text = STRBUF_INIT_MAX(STATE_MAX);
	struct freezes freezes = FREEZES_INIT;
	char *line, *end;
	int ret = setup_config_get(NULL, git_dir, NULL, "gitops.freeze", &text, err);

	for (line = text.buf; ret > 0 && *line; line = end) {
		end = line + strcspn(line, "\n");
		if (*end)
			*end++ = '\0';
		if (freezes_add(&freezes, line, err) < 0)
			ret = -1;
	}
	freezes_release(&freezes);
	strbuf_release(&text);
	return ret < 0 ? -1 : 0;
}

int setup_install(struct setup *setup, struct error *err)
{
	const char *git_dir = repo_git_dir(setup->repo);
	char *spool = xstrfmt("%s/gitops/spool", git_dir), *hooks = NULL;
	char *state_path = xstrfmt("%s/gitops/init.json", git_dir);
	struct setup_state state = { 0 };
	int ret = -1, made, foreign;
	mode_t mode;

	if (check_owner(git_dir, err) < 0 || check_freezes(git_dir, err) < 0 ||
	    setup_hooks_dir(git_dir, &hooks, err) < 0 || spool_mode(git_dir, &mode, err) < 0 ||
	    setup_state_read(&state, state_path, err) < 0)
		goto out;
	foreign = setup_hooks_foreign_proc_receive(hooks, err);
	made = foreign < 0 ? -1 : spool_create(spool, mode, err);
	if (made < 0)
		goto out;
	if (made)
		strbuf_addstr(&setup->done, "made the spool 'gitops/spool'\n");
	if (foreign)
		strbuf_addstr(
			&setup->notes,
			"there is a proc-receive hook of someone else's: 'git gitops deploy' will not work here\n");
	ret = setup_config_install(&state, git_dir, setup->branches, setup->branches_nr,
				   &setup->done, err);
	/* What was set is noted also when the rest failed. */
	if (state.changed && setup_state_write(&state, state_path, mode & 0666, err) < 0)
		ret = -1;
	if (ret >= 0)
		ret = setup_hooks_install(hooks, setup->program, !foreign, &setup->done, err);
out:
	setup_state_release(&state);
	free(spool);
	free(hooks);
	free(state_path);
	return ret < 0 ? -1 : 0;
}

static size_t entries(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	size_t nr = 0;

	while (d && (entry = readdir(d)))
		nr += !str_eq(entry->d_name, ".") && !str_eq(entry->d_name, "..");
	if (d)
		closedir(d);
	return nr;
}

/* A directory of plain files that nobody misses: it stays where anything else is in it. */
static void remove_flat(const char *dir, const char *name)
{
	char *path = xstrfmt("%s/%s", dir, name);
	DIR *d = opendir(path);
	struct dirent *entry;

	while (d && (entry = readdir(d)))
		unlinkat(dirfd(d), entry->d_name, 0);
	if (d)
		closedir(d);
	rmdir(path);
	free(path);
}

static void remove_spool(struct setup *setup, const char *spool)
{
	static const char *const dirs[] = { "new", "run", "done", "failed", "tmp" };
	static const char *const files[] = { "claim.lock", "worker.lock" };
	size_t i, jobs = 0;

	for (i = 0; i < 4; i++) {
		char *path = xstrfmt("%s/%s", spool, dirs[i]);

		jobs += entries(path);
		free(path);
	}
	if (jobs) {
		strbuf_addf(&setup->notes, "kept '%s': there are jobs in it\n", spool);
		return;
	}
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		char *path = xstrfmt("%s/%s", spool, files[i]);

		unlink(path);
		free(path);
	}
	for (i = 0; i < ARRAY_SIZE(dirs); i++) {
		char *path = xstrfmt("%s/%s", spool, dirs[i]);

		rmdir(path);
		free(path);
	}
	remove_flat(spool, "control"); /* requests about jobs that are gone */
	remove_flat(spool, "leases");
	if (!rmdir(spool))
		strbuf_addstr(&setup->done, "removed the spool\n");
}

int setup_uninstall(struct setup *setup, struct error *err)
{
	static const char *const files[] = { "init.json", "worker.log", "worker.log.1" };
	const char *git_dir = repo_git_dir(setup->repo);
	char *dir = xstrfmt("%s/gitops", git_dir), *spool = xstrfmt("%s/spool", dir);
	char *state_path = xstrfmt("%s/init.json", dir), *hooks = NULL;
	struct setup_state state = { 0 };
	int ret = -1;
	size_t i;

	if (check_owner(git_dir, err) < 0 || setup_hooks_dir(git_dir, &hooks, err) < 0 ||
	    setup_state_read(&state, state_path, err) < 0)
		goto out;
	if (setup_hooks_uninstall(hooks, &setup->done, &setup->notes, err) < 0 ||
	    setup_config_uninstall(&state, git_dir, &setup->done, err) < 0)
		goto out;
	if (!access(spool, F_OK))
		remove_spool(setup, spool);
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		char *path = xstrfmt("%s/%s", dir, files[i]);

		if (unlink(path) < 0 && errno != ENOENT) {
			error_errno(err, "cannot remove '%s'", path);
			free(path);
			goto out;
		}
		free(path);
	}
	remove_flat(dir, "ref-index");
	remove_flat(dir, "claims");
	rmdir(dir); /* stays while there is something in it */
	ret = 0;
out:
	setup_state_release(&state);
	free(dir);
	free(spool);
	free(hooks);
	free(state_path);
	return ret;
}
