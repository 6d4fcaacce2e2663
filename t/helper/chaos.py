#!/usr/bin/env python3
"""Push at random, kill workers, let AWS fail, cancel, pause, hold and roll back; then see that all came right.

usage: chaos.py <sandbox-url> <server-repository> <clone> <actions> <seed>

Services of each kind are deployed, changed, broken, deleted and brought back,
while workers die and AWS has accidents. In the end the accidents stop, a last
commit with good versions is pushed, and everything must be as if nothing had
happened: what runs, task sets, versions, weights. What was done goes to
stdout, what is wrong to stderr; the exit status is 1 then.
"""
import json
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import time
import urllib.request

import boto3

REGION = 'us-east-1'
ROLE = 'arn:aws:iam::123456789012:role/chaos'
NETWORK = {'awsvpcConfiguration': {'subnets': ['subnet-0a1b2c3d'], 'securityGroups': ['sg-0a1b2c3d']}}
ACCIDENTS = ['throttle', 'reset', 'reset-after', 'close-after', 'denied', 'expired', 'internal', 'unavailable']
OPERATIONS = ['Describe', 'Create', 'Update', 'Modify', 'Delete', 'Register', 'Publish', 'Get', 'List']
BALANCERS = 2


class Sandbox:
    """The control API, and clients."""

    def __init__(self, url):
        self.url = url
        self.ecs, self.elb, self.functions = (boto3.client(name, REGION, endpoint_url=url)
                                              for name in ('ecs', 'elbv2', 'lambda'))

    def ask(self, what, data=None, method=None):
        request = urllib.request.Request(f'{self.url}/_sandbox/{what}', method=method or ('POST' if data else 'GET'),
                                         data=json.dumps(data).encode() if data else None)
        with urllib.request.urlopen(request) as answer:
            return answer.read().decode()


class Object:
    """A service object: its files, and what AWS must have in the end."""

    def __init__(self, name):
        self.name = name
        self.version, self.quality = 1, 'good'

    @property
    def image(self):
        return f'{self.quality}:{self.version}'

    @property
    def prefix(self):
        return f'{self.name}/{self.name}'

    def put(self, top, suffix, document):
        path = top / f'{self.prefix}_{suffix}.json'
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(document, indent=2) + '\n')


class Service(Object):
    """A service of ECS; `pair` are the ARNs of its target groups, if it has some."""
    qualities = ['good', 'good', 'good', 'bad', 'missing']

    def __init__(self, name, controller, pair=None, balancer=None):
        super().__init__(name)
        self.controller, self.pair, self.balancer = controller, pair, balancer

    def write(self, top):
        definition = {'serviceName': self.name, 'cluster': 'demo', 'desiredCount': 2, 'launchType': 'FARGATE',
                      'networkConfiguration': NETWORK, 'deploymentController': {'type': self.controller}}
        settings = {'stabilityCheck': {'pollInterval': 1, 'timeout': 8},
                    'gmDeploymentCircuitBreaker': {'failureThreshold': 2}}
        if self.controller == 'ECS':
            definition['deploymentConfiguration'] = {'deploymentCircuitBreaker': {'enable': True, 'rollback': True}}
        if self.pair:
            definition['loadBalancers'] = [{'targetGroupArn': self.pair[0], 'containerName': 'app',
                                            'containerPort': 80}]
            settings |= {'targetGroupArnPairs': [self.pair], 'alarms': {'alarmNames': ['errors']},
                         'trafficShiftingConfig': {'type': ['CANARY', 'LINEAR', 'ALL_AT_ONCE'][self.version % 3],
                                                   'percent': 34, 'waitInterval': 1}}
        self.put(top, 'svcdef', definition)
        self.put(top, 'depdef', settings)
        self.put(top, 'taskdef', {
            'family': self.name, 'networkMode': 'awsvpc', 'requiresCompatibilities': ['FARGATE'], 'cpu': '256',
            'memory': '512', 'containerDefinitions': [{'name': 'app', 'image': self.image, 'essential': True,
                                                       'portMappings': [{'containerPort': 80}]}]})

    def wrong(self, aws, wanted):
        found = aws.ecs.describe_services(cluster='demo', services=[self.name])['services']
        found = [service for service in found if service['status'] != 'INACTIVE']
        if not wanted:
            return ['is still there'] if found else []
        if not found:
            return ['is not there']
        sets = [s for s in found[0].get('taskSets', []) if s['status'] != 'DRAINING']
        runs = found[0]['taskDefinition'] if self.controller == 'ECS' else sets and sets[0]['taskDefinition']
        if not runs:
            return ['has no task set']
        image = aws.ecs.describe_task_definition(taskDefinition=runs)['taskDefinition']['containerDefinitions'][0]
        return [text for text, bad in (
            (f"runs {image['image']}, not {self.image}", image['image'] != self.image),
            (f"has {found[0]['runningCount']} tasks", found[0]['runningCount'] != 2),
            (f'has {len(sets)} task sets', self.controller != 'ECS' and len(sets) != 1),
            ('has its traffic elsewhere', self.pair and self.traffic(aws) != [
                sets[0]['loadBalancers'][0]['targetGroupArn']])) if bad]

    def traffic(self, aws):
        """The target groups that get some."""
        balancer = aws.elb.describe_load_balancers(Names=[self.balancer])['LoadBalancers'][0]['LoadBalancerArn']
        listener = aws.elb.describe_listeners(LoadBalancerArn=balancer)['Listeners'][0]
        groups = listener['DefaultActions'][0]['ForwardConfig']['TargetGroups']
        return [group['TargetGroupArn'] for group in groups if group.get('Weight', 1)]


class Function(Object):
    """A function of Lambda whose code stands beside its definition."""
    qualities = ['good']

    def write(self, top):
        self.put(top, 'lambdadef', {'FunctionName': self.name, 'Role': ROLE, 'Runtime': 'python3.12',
                                    'Handler': 'index.handler', 'Description': self.image,
                                    'Code': {'ZipFile': f'file://{self.name}/src'}})
        self.put(top, 'lambdadepdef', {'alias': 'live', 'alarms': {'alarmNames': ['errors']},
                                       'readinessCheck': {'waitInterval': 1, 'maxRetries': 20},
                                       'trafficShiftingConfig': {'type': 'LINEAR', 'percent': 40, 'waitInterval': 1}})
        (top / self.name / 'src').mkdir(exist_ok=True)
        (top / self.name / 'src' / 'index.py').write_text(f'VERSION = {self.image!r}\n')

    def wrong(self, aws, wanted):
        try:
            found = aws.functions.get_function(FunctionName=self.name, Qualifier='live')
        except aws.functions.exceptions.ResourceNotFoundException:
            return ['is not there'] if wanted else []
        if not wanted:
            return ['is still there']
        alias = aws.functions.get_alias(FunctionName=self.name, Name='live')
        versions = aws.functions.list_versions_by_function(FunctionName=self.name)['Versions']
        runs = found['Configuration']['Description']
        return [text for text, bad in (
            (f'runs {runs}, not {self.image}', runs != self.image),
            (f'has {len(versions)} versions', len(versions) > 3),
            ('has a divided alias', alias.get('RoutingConfig', {}).get('AdditionalVersionWeights'))) if bad]


class Chaos:
    def __init__(self, url, server, clone, seed):
        self.aws = Sandbox(url)
        self.server, self.clone = server, pathlib.Path(clone)
        self.random = random.Random(seed)
        self.version, self.objects, self.deleted, self.started = 1, {}, {}, []

    def say(self, *words):
        print(*words, flush=True)

    def git(self, *words, server=False, check=False):
        done = subprocess.run(['git', '-C', self.server if server else self.clone, *words], check=False, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if check and done.returncode:
            sys.exit(f"git {' '.join(words)}: {done.stdout}")
        return done.stdout

    def seed(self):
        pairs = [(f'blue{i}', f'green{i}') for i in range(BALANCERS)]
        made = json.loads(self.aws.ask('seed', {'clusters': ['demo'], 'alarms': {'errors': 'OK'}, 'balancers': [
            {'name': f'lb{i}', 'listeners': [{'port': 80, 'forward': {blue: 100}}], 'free': [green]}
            for i, (blue, green) in enumerate(pairs)]}))
        self.aws.ask('roles', {'chaos': {'trust': ['lambda.amazonaws.com']}})
        self.aws.ask('timing', {'provision': 0.05, 'pull': 0.1})
        self.aws.ask('behaviours', {'match': {'image': '^bad:'}, 'exit_after': 0.05, 'exit_code': 1})
        self.aws.ask('behaviours', {'match': {'image': '^missing:'}, 'pull_error': 'failed to resolve ref: not found'})
        arns = dict(find_arns(made))
        objects = [Service('rolling', 'ECS'), Service('rolling2', 'ECS'), Service('sets', 'EXTERNAL'),
                   Function('mail'), Function('mail2')]
        objects += [Service(f'web{i}', 'EXTERNAL', [arns[name] for name in pair], f'lb{i}')
                    for i, pair in enumerate(pairs)]
        self.objects = {o.name: o for o in objects}

    def push(self, message, *options):
        for o in self.objects.values():
            o.write(self.clone)
        self.git('add', '-A', check=True)
        self.git('commit', '-q', '--allow-empty', '-m', message, check=True)
        self.say(f'push: {message}')
        return self.git('push', '-q', *options, 'origin', 'HEAD:main')

    # --- what happens

    def change(self):
        self.version += 1
        for o in self.random.sample(list(self.objects.values()), self.random.randint(1, 3)):
            o.version, o.quality = self.version, self.random.choice(o.qualities)
        self.push(f'version {self.version}')

    def delete(self):
        if len(self.objects) > 4:
            name = self.random.choice(list(self.objects))
            self.deleted[name] = self.objects.pop(name)
            shutil.rmtree(self.clone / name)
            self.push(f'delete {name}')

    def bring_back(self):
        if self.deleted:
            name = self.random.choice(list(self.deleted))
            self.objects[name] = self.deleted.pop(name)
            self.push(f'bring back {name}')

    def work(self):
        self.started = [worker for worker in self.started if worker.poll() is None]
        if len(self.started) < 4:
            # Not by git, which a signal would be for then.
            self.started.append(subprocess.Popen(['git-gitops', 'worker', '--drain', self.server],
                                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    def kill(self):
        self.work()
        running = [worker for worker in self.started if worker.poll() is None]
        if running:
            how = self.random.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP])
            self.say(f'worker: {how.name}')
            self.random.choice(running).send_signal(how)
        self.work()

    def wake(self):
        """Who stands still goes on, maybe after another has taken its jobs."""
        for worker in self.started:
            worker.send_signal(signal.SIGCONT)

    def accident(self):
        fault = {'match': {'op': self.random.choice(OPERATIONS)}, 'skip': self.random.randint(0, 5),
                 'times': self.random.randint(1, 5), 'action': {'type': self.random.choice(ACCIDENTS)}}
        self.say('accident:', json.dumps(fault))
        self.aws.ask('faults', fault)

    def alarm(self):
        self.say('alarm')
        self.aws.ask('alarms', {'name': 'errors', 'state': 'ALARM', 'for': 1.5})

    def control(self):
        records = self.records()
        running = [r for r in records if r['status'] == 'PROCESSING'] or records[:2]
        if running:
            verb = self.random.choice(['cancel', 'pause', 'resume', 'pause'])
            self.say(f'{verb}:', self.git('gitops', verb, '--local', self.random.choice(running)['id'], server=True))

    def hold(self):
        verb = self.random.choice(['rollback', 'hold', 'unhold'])
        o = self.random.choice(list(self.objects.values()))
        self.say(f'{verb}:', self.git('gitops', verb, '--local', o.prefix, server=True))

    def records(self):
        return json.loads(self.git('gitops', 'log', '--format=json', server=True))['deployments']

    # --- the end

    def settle(self):
        """Nothing is under way any more."""
        while True:
            for record in self.records():
                if record['status'] == 'PROCESSING':
                    self.git('gitops', 'resume', '--local', record['id'], server=True)
            self.wake()
            self.work()
            try:
                self.started[-1].wait(timeout=5)
            except subprocess.TimeoutExpired:
                continue
            if all(worker.poll() is not None for worker in self.started):
                return

    def finish(self):
        self.aws.ask('faults', method='DELETE')
        self.aws.ask('alarms', {'name': 'errors', 'state': 'OK'})
        self.settle()
        for o in self.objects.values():
            self.git('gitops', 'unhold', '--local', o.prefix, server=True)
            o.version, o.quality = self.version + 1, 'good'
        self.push('the last one')
        self.settle()
        # What failed under an accident before, and was not touched since, has a second chance.
        self.say(self.git('gitops', 'deploy'))
        self.settle()

    def wrong(self):
        found = [f'{o.name} {text}' for o in self.objects.values() for text in o.wrong(self.aws, True)]
        found += [f'{o.name} {text}' for o in self.deleted.values() for text in o.wrong(self.aws, False)]
        found += [f'a request that AWS would not understand: {line}'
                  for line in self.aws.ask('calls?invalid=1&format=text').splitlines()]
        # A service that is deleted has a rule that leads nowhere.
        found += [f'requests were lost: {line}' for line in self.aws.ask('holes?format=text').splitlines()
                  if 'service deletion' not in line and 'taskSet' not in line]
        return found

    def run(self, actions):
        self.seed()
        self.say(self.push('the first one'))
        self.work()
        table = [(self.change, 35), (self.kill, 15), (self.work, 8), (self.wake, 5), (self.accident, 14), (self.alarm, 4),
                 (self.control, 12), (self.hold, 6), (self.delete, 5), (self.bring_back, 8)]
        # However chance goes, each of these is in it.
        actions = [self.accident, self.change, self.kill] + self.random.choices(
            [action for action, _ in table], [weight for _, weight in table], k=actions)
        for action in actions:
            action()
            time.sleep(self.random.random())
        self.finish()
        return self.wrong()


def find_arns(made):
    """(name, ARN) of all target groups that the sandbox told of."""
    if isinstance(made, dict):
        for name, value in made.items():
            if isinstance(value, str):
                yield name, value
            else:
                yield from find_arns(value)
    elif isinstance(made, list):
        for value in made:
            yield from find_arns(value)


def main():
    url, server, clone, actions, seed = sys.argv[1:]
    wrong = Chaos(url, server, clone, int(seed)).run(int(actions))
    for line in wrong:
        print(line, file=sys.stderr)
    sys.exit(bool(wrong))


if __name__ == '__main__':
    main()
