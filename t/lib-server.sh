# A server repository and pushes to it.
#
#	. ./test-lib.sh
#	. "$TEST_DIRECTORY"/lib-server.sh
#
#	server_init origin.git &&
#	git clone origin.git work &&
#	service_push work dev/nginx/nginx
#
# shellcheck shell=sh

# server_init <dir>: a bare repository, set up by `git gitops init`, which
# deploys main. No worker is started by its hooks: a test that wants one runs
# it (lib-sandbox.sh), or sets gitops.worker.
server_init () {
	git init -q --bare "$1" &&
	git -C "$1" config gitops.branch main &&
	git -C "$1" config gitops.worker false &&
	git gitops init "$1" >"$1.init"
}

# service_write <dir> <path-prefix>: an ECS service that deploys, named by
# the last part of the path-prefix, with values from its input and from a
# Terraform output in <dir>/infra/output.json.
service_write () {
	service_name=${2##*/}
	test_write "$1/infra/output.json" <<-\JSON &&
	{
	  "cluster_name": { "value": "apps", "type": "string", "sensitive": false },
	  "region": { "value": "us-east-1", "type": "string", "sensitive": false },
	  "subnets": {
	    "value": [ "subnet-0a1b2c3d", "subnet-4e5f6071" ],
	    "type": [ "list", "string" ],
	    "sensitive": false
	  }
	}
	JSON
	test_write "$1/$2_input.json" <<-JSON &&
	{
	  "ref": { "file": [ "infra/output.json" ], "type": "TERRAFORM" },
	  "name": "$service_name",
	  "image": "public.ecr.aws/nginx/nginx:1.27",
	  "count": 1
	}
	JSON
	test_write "$1/$2_svcdef.json" <<-\JSON &&
	{
	  "serviceName": "{{ name }}",
	  "cluster": "{{ cluster_name }}",
	  "desiredCount": {{ count }},
	  "launchType": "FARGATE",
	  "networkConfiguration": {
	    "awsvpcConfiguration": { "subnets": {{ subnets | tojson }} }
	  }
	}
	JSON
	test_write "$1/$2_taskdef.json" <<-\JSON &&
	{
	  "family": "{{ name }}",
	  "networkMode": "awsvpc",
	  "requiresCompatibilities": [ "FARGATE" ],
	  "cpu": "256",
	  "memory": "512",
	  "containerDefinitions": [
	    { "name": "main", "image": "{{ image }}", "essential": true }
	  ]
	}
	JSON
	test_write "$1/$2_depdef.json" <<-\JSON
	{
	  "environment": { "region": "{{ region }}" },
	  "stabilityCheck": { "pollInterval": 1, "timeout": 60 }
	}
	JSON
}

# service_commit <dir> <path-prefix>: write it, commit it.
service_commit () {
	service_write "$1" "$2" &&
	git -C "$1" add . &&
	test_tick &&
	git -C "$1" commit -q -m "add ${2##*/}"
}

# service_push <dir> <path-prefix> [<push argument>...]
service_push () {
	service_commit "$1" "$2" &&
	push_directory=$1 &&
	shift 2 &&
	git -C "$push_directory" push -q "$@" origin HEAD:main
}

# service_edit <dir> <path-prefix> <sed expression> [<which>]: change a file
# of the service (its input by default) and commit.
service_edit () {
	sed -i -e "$3" "$1/$2_${4:-input}.json" &&
	test_tick &&
	git -C "$1" commit -q -a -m "edit ${2##*/}"
}

# remote_lines <file>: what the server said, from the stderr of a push;
# the padding that git adds to overwrite progress is cut off.
remote_lines () {
	tr '\r' '\n' <"$1" |
	sed -n -e 's/\x1b\[K//' -e 's/^remote: \{0,1\}//p' |
	sed -e 's/ *$//'
}
