#!/bin/sh

test_description='rendering templates, next to jinja2 with compiled templates and minijinja

A service definition of the usual size, 10,000 times with the values set anew
each time: what a check of all services does. And one template of 1 MB with a
loop of 10,000 rounds, where no start-up cost shows.'

. ./perf-lib.sh

PYTHON=${GITOPS_VENV:-$GITOPS_SOURCE/build/venv}/bin/python
MINIJINJA=${GITOPS_MINIJINJA:-$GITOPS_SOURCE/build/minijinja/release/minijinja-bench}

perf_setup 'templates and values' '
	cat >jinja2-bench <<-\EOF &&
	import sys, json, time, jinja2
	text = open(sys.argv[2]).read()
	values = json.load(open(sys.argv[3]))
	template = jinja2.Environment(undefined=jinja2.StrictUndefined).from_string(text)
	start = time.process_time()
	for _ in range(int(sys.argv[1])):
	    template.render(values)
	print("%.3f" % ((time.process_time() - start) * 1000))
	EOF
	cat >svc.tmpl <<-\EOF &&
	{
	  "cluster": "{{ cluster_name }}",
	  "serviceName": "{{ name }}-{{ env }}",
	  "taskDefinition": "{{ family }}",
	  "desiredCount": {{ count }},
	  "networkConfiguration": {"awsvpcConfiguration": {
	    "subnets": {{ private_subnets | tojson }},
	    "securityGroups": {{ security_groups | tojson }},
	    "assignPublicIp": "{{ "ENABLED" if public else "DISABLED" }}"}},
	  "loadBalancers": [{% for tg in target_group_arns.values() %}
	    {"targetGroupArn": "{{ tg }}", "containerName": "{{ name }}", "containerPort": {{ port }}}{% if not loop.last %},{% endif %}
	  {% endfor %}],
	  "tags": [{"key": "team", "value": "{{ tags.team | default("none") }}"}]
	}
	EOF
	cat >svc.json <<-\EOF &&
	{"cluster_name": "demo", "name": "nginx", "env": "prod", "family": "nginx-task", "count": 3, "public": false, "port": 8080,
	 "private_subnets": ["subnet-0a1b2c3d4e5f60001", "subnet-0a1b2c3d4e5f60002"], "security_groups": ["sg-0123456789abcdef0"],
	 "target_group_arns": {"blue": "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/blue/1",
	 "green": "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/green/2"}, "tags": {"team": "web"}}
	EOF
	perl -e "
		print \"x\" x 79 . \"\n\" for 1..6250;
		print q({% for i in items %}{\"name\": \"{{ i.name }}-{{ loop.index }}\", \"value\": {{ i.value | tojson }},), \"\n\";
		print q( \"zone\": \"{{ zone }}\"{% if i.value is odd %}, \"odd\": true{% endif %}}{% if not loop.last %},{% endif %}), \"\n\";
		print q({% endfor %});
		print \"x\" x 79 . \"\n\" for 1..6250;
	" >big.tmpl &&
	perl -e "
		print q({\"zone\": \"eu-1\", \"items\": [), join(\",\", map { qq({\"name\": \"item-\$_\", \"value\": \$_}) } 1..10000), \"]}\n\";
	" >big.json
'

best () {
	for _ in 1 2 3 4 5
	do
		"$@" || return
	done | sort -n | sed -e "s/ .*//" -e 1q
}

# compare <what> <renderings> <template> <values>
compare () {
	ours=$(best test-tool template-bench "$2" "$3" "$4") &&
	theirs=$(best "$PYTHON" jinja2-bench "$2" "$3" "$4") &&
	perf_ratio "$1 to jinja2" "$ours" "$theirs" 0.05 || perf_failed=t
	if test -x "$MINIJINJA"
	then
		theirs=$(best "$MINIJINJA" "$2" "$3" "$4") &&
		perf_ratio "$1 to minijinja" "$ours" "$theirs" 1 || perf_failed=t
	else
		echo "$1 to minijinja: not measured; make minijinja needs cargo"
	fi
}

compare 'ten thousand service definitions' 10000 svc.tmpl svc.json
compare 'a template of 1 MB' 10 big.tmpl big.json

perf_done
