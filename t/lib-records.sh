# Records of deployments, made up.
#
#	. ./test-lib.sh
#	. "$TEST_DIRECTORY"/lib-records.sh
#
#	record 1 $commit dev/nginx/nginx PROCESSED_SUCCESS "$WELL" >records &&
#	test-tool state put <records
#
# shellcheck shell=sh

# record_id <n>
record_id () {
	printf "01KAJ4J4%02d0000000000000000" "$1"
}

# record <n> <commit> <path-prefix> <status> [<members>]: an ECS service's
# from branch main, made in the nth second after 02:00.
record () {
	printf '{"id":"%s","job":"%s","branch":"main","commit":"%s","kind":"ecs","prefix":"%s",' \
		"$(record_id "$1")" "01KAJ4J4000000000000000000" "$2" "$3" &&
	printf '"status":"%s","createdAt":"2026-11-21T02:00:%02d.000Z"%s}\n' "$4" "$1" "${5:+,$5}"
}

WHERE='"account":"123456789012","region":"eu-west-1","cluster":"prod","name":"nginx"'
TIMES='"startedAt":"2026-11-21T02:01:00.000Z","finishedAt":"2026-11-21T02:02:02.000Z"'
WELL="$WHERE,\"strategy\":\"rolling\",\"step\":\"finish\",$TIMES,\"actor\":\"alice\""
WELL="$WELL,\"revision\":\"arn:aws:ecs:eu-west-1:123456789012:task-definition/nginx:7\""
BADLY="$WHERE,\"strategy\":\"rolling\",\"step\":\"stabilize\",$TIMES,\"actor\":\"bob\""
BADLY="$BADLY,\"failure\":{\"category\":\"image-missing\",\"message\":\"no tag '1.28'\""
BADLY="$BADLY,\"hint\":\"push the image first\"}"

# fake_job <dir> <id> <commit> <new|run>: a job in the spool below <dir>
fake_job () {
	test_write "$1/gitops/spool/$4/$2.json" <<-JSON
	{
	  "version": 1, "id": "$2", "createdAt": "2026-11-21T02:00:00.000Z",
	  "gitDir": "$PWD/$1", "ref": "refs/heads/main",
	  "oldCommit": "0000000000000000000000000000000000000000", "newCommit": "$3",
	  "actor": "alice", "force": false, "dryRun": false, "deploy": false
	}
	JSON
}

# told_alike <kind> <path-prefix> <category> <pattern of the message>: of its
# failure at commit $bad the record, `show`, the push ("said"), the note and
# `status` tell the same
told_alike () {
	git -C origin.git gitops log -n 1 --format=json "$2" | jq ".deployments[0]" >record &&
	test "$(jq -r .status record)" = PROCESSED_ERROR &&
	test "$(jq -r .commit record)" = "$bad" &&
	echo "$3" >expect && jq -r .failure.category record >actual && test_cmp expect actual &&
	jq -r .failure.message record >message && jq -r .failure.hint record >hint &&
	test_grep "$4" message &&
	git -C origin.git gitops show "$(jq -r .id record)" >shown &&
	grep "^error: " shown >actual && echo "error: $3: $(cat message)" >expect && test_cmp expect actual &&
	grep "^hint: " shown >actual && echo "hint: $(cat hint)" >expect && test_cmp expect actual &&
	grep -F "gitops: $2: failed in " said >line && grep -F -q "$(cat message)" line || { cat message line && return 1; }
	grep -F -q -x "gitops: hint: $(cat hint)" said || { cat hint && return 1; }
	git -C origin.git notes --ref=gitops/status show "$bad" >note &&
	grep -F "$1 $2: " note >line && grep -F -q "$(cut -c1-60 message)" line || { cat message note && return 1; }
	git -C origin.git gitops status >status &&
	grep -F "at $(jq -r .failure.step record): $3: " status >line && test -s line || { cat status && return 1; }
	git -C origin.git gitops status --format=json "$2" >status.json &&
	jq .failure record >expect && jq ".objects[0].last.failure" status.json >actual && test_cmp expect actual
}
