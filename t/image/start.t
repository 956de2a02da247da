# How the image starts: what it takes from the environment, what it refuses,
# and that secrets are nowhere but there.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Image;
use Inv::RedisServer;
use Inv::Test;

use constant EX_CONFIG => 78;

my $image = Inv::Image->new($ENV{INV_IMAGE} // die "INV_IMAGE is not set\n");
my $t     = Inv::Test->new;
my $logs  = 0;

sub start {
    my (%opt) = @_;
    return $image->start(log => $t->dir . '/log' . $logs++, %opt);
}

# What it cannot start with it says in one line, and ends at once.
sub refused {
    my ($name, $like, %opt) = @_;
    my ($code, $said) = $image->run(
        log => $t->dir . '/log' . $logs++,
        %opt,
        env => { MONGO_URI => 'mongodb://127.0.0.1', %{ $opt{env} // {} } }
    );
    is($code, EX_CONFIG, "$name: the exit code");
    like($said, $like, "$name: what it says");
    my @ours = $said =~ /^inventory: .*$/mg;
    is(scalar @ours, 1, "$name: one line") or diag($said);
    return;
}

refused('no database', qr/neither MONGO_URI nor MONGO_URL is set/,
    env => { MONGO_URI => '' });
for my $port ('http', '0', '65536', '080', '80;', '8080 ssl', "80\n81") {
    refused("PORT '$port'", qr/PORT is not a port/, env => { PORT => $port });
}
refused('METRICS_PORT', qr/METRICS_PORT is not a port/,
    env => { METRICS_PORT => '9145;' });
refused('one port for both', qr/PORT and METRICS_PORT are both 8080/,
    env => { METRICS_PORT => 8080 });
refused("NGINX_WORKERS '$_'", qr/NGINX_WORKERS is not a number/,
    env => { NGINX_WORKERS => $_ })
    for '0', 'auto', '513', '2;';
refused("PRINCIPAL_HEADER '$_'", qr/PRINCIPAL_HEADER is not the name of a header/,
    env => { PRINCIPAL_HEADER => $_ })
    for 'X_Principal', '1st', '-', 'X;', 'X Y', "X\nY", "X-Principal\n", "\xc3\xa4";
refused("STALE '$_'", qr/STALE is not off or a time up to 1d/,
    env => { STALE => $_ })
    for 'on', '0', '10x', '2d', '86401', '1m;', '1h 1m', "1m\n";
refused('/tmp read-only', qr{/tmp/nginx\.conf cannot be made.*has to be.writable},
    tmp => 'read-only');

# A URI that the module refuses ends it too, and is not shown.
my ($code, $said) = $image->run(
    log => $t->dir . '/log' . $logs++,
    env => { MONGO_URI => 'mongodb://u:hunter2@h:99999/' }
);
is($code, 1, 'a bad URI: nginx does not start');
like($said, qr/\[emerg\].*MongoDB|\[emerg\].*mongo/i, 'it says why');
unlike($said, qr/hunter2/, 'without the password');

($code, $said) = $image->run(
    log       => $t->dir . '/log' . $logs++,
    env       => { MONGO_URI => $t->mongo_uri },
    arguments => ['-t']
);
is($code, 0, '-t tries the configuration');
like($said, qr/test is successful/, 'and says so');

# What the configuration made of these two is; nothing without them.
sub directives {
    my (%env) = @_;
    (undef, $said) = $image->run(
        log       => $t->dir . '/log' . $logs++,
        env       => { MONGO_URI => $t->mongo_uri, %env },
        arguments => ['-T']
    );
    return join ' ', $said =~ /^ *(inventory_(?:principal|stale) .*)$/mg;
}

is(directives(), '', 'nobody is believed, nothing is stale');
is(directives(PRINCIPAL_HEADER => '', STALE => ''), '', 'nor when empty');
is(directives(PRINCIPAL_HEADER => 'X-Acting-User1', STALE => '24h'),
    'inventory_principal $http_x_acting_user1; inventory_stale 24h;', 'as it is said');
is(directives(STALE => 'off'), 'inventory_stale off;', 'STALE may be off');

# A secret is in no file and in no argument of any process.
my $secret = sprintf 'hunter%08x', rand 2**32;
my $redis = Inv::RedisServer->new(
    dir   => $t->dir,
    name  => 'redis',
    more  => [ '--requirepass', 'changed-below' ],
    login => [ 'default', 'changed-below' ],
);
$redis->command('CONFIG', 'SET', 'requirepass', $secret);
my $join = $t->mongo_uri =~ /\?/ ? '&' : '?';
my $uri = $t->mongo_uri;
$uri .= "${join}appname=$secret" if $uri !~ /appname=/i;
my $c = start(
    env => {
        PORT          => $t->port,
        MONGO_URI     => $uri,
        REDIS_URL     => "redis://:$secret\@127.0.0.1:" . $redis->port,
        NGINX_WORKERS => 3,
    }
);
my $seconds = $c->wait_ready('/health/ready');
ok(defined $seconds, 'it is ready') or diag($c->log);
cmp_ok($seconds // 99, '<', 5, 'soon');
diag(sprintf 'ready after %.2f s', $seconds // -1);
is($t->get('/health/ready')->json->{redis}, 'up', 'Redis has been logged in to');
is(scalar $c->workers, 3, 'NGINX_WORKERS');

sub slurp {
    my ($file) = @_;
    open my $in, '<', $file or return '';
    local $/;
    return scalar <$in> // '';
}

my @told = grep { slurp("$_/cmdline") =~ /$secret/ } glob '/proc/[0-9]*';
is("@told", '', 'no process has it in its arguments');
my $first = $c->first;
like(slurp("/proc/$first/environ"), qr/$secret/,
    '(the environment has it, so it would be found)');
my $found = qx{grep -rl -- $secret /proc/$first/root/tmp $image->{root}};
is($found, '', 'no file has it');
unlike($c->log, qr/$secret/, 'nor the log');

# Who it is, and what it may.
for my $pid ($c->all) {
    my $status = slurp("/proc/$pid/status");
    next if $status eq '';
    like($status, qr/^Uid:\t10001\t10001\t10001\t10001$/m, "$pid: not root");
    like($status, qr/^CapEff:\t0+$/m,   "$pid: no capability");
    like($status, qr/^NoNewPrivs:\t1$/m, "$pid: nor a way to one");
}
is(join(' ', sort map {s{.*/}{}r} glob "/proc/$first/root/tmp/*"),
    'body fastcgi nginx.conf nginx.pid proxy scgi uwsgi', 'what it writes');

# The health check, as an engine runs it.
my @check = @{ $image->config->{Healthcheck}{Test} };
shift @check;
sub health {
    my ($port) = @_;
    return ($image->run(log => $t->dir . '/log' . $logs++,
        command => \@check, env => { PORT => $port }))[0];
}
is(health($t->port), 0, 'healthy');
is($c->stop, 0, 'it ends');
isnt(health($t->port), 0, 'unhealthy when it is not there');

# MONGO_URL does too; no Redis is no failure; the CPUs are the workers.
$c = start(env => { PORT => $t->port, MONGO_URL => $t->mongo_uri,
    MONGO_URI => '', REDIS_URL => '' });
ok(defined $c->wait_ready('/health/ready'), 'with MONGO_URL, without Redis')
    or diag($c->log);
my $cpus = qx{nproc};
cmp_ok(scalar $c->workers, '<=', $cpus < 8 ? $cpus : 8, 'not more than CPUs');
cmp_ok(scalar $c->workers, '>=', 1, 'one at least');
is($c->stop, 0, 'it ends');

# As many workers as the container has CPUs, by either kind of cgroup: not more
# than the machine has, and not more than 8.
my $machine = int qx{nproc};
my %quota = (
    'cpu.max' => [ [ 'max 100000', $machine ], [ '50000 100000', 1 ],
        [ '150000 100000', 2 ] ],
    'cpu/cpu.cfs_quota_us' => [ [ '-1', $machine ], [ '20000', 1 ] ],
);
for my $file (sort keys %quota) {
    for my $case (@{ $quota{$file} }) {
        my ($text, $expected) = @{$case};
        my $folder = $t->dir . '/cgroup' . $logs;
        mkdir $folder;
        mkdir "$folder/cpu" if $file =~ /\//;
        $t->write_file("cgroup$logs/$file", "$text\n");
        $t->write_file("cgroup$logs/cpu/cpu.cfs_period_us", "100000\n")
            if $file =~ /\//;
        ($code, $said) = $image->run(
            log       => $t->dir . '/log' . $logs++,
            env       => { MONGO_URI => $t->mongo_uri },
            volumes   => ["$folder:/sys/fs/cgroup"],
            arguments => ['-T']
        );
        $expected = $machine if $expected > $machine;
        $expected = 8        if $expected > 8;
        like($said, qr/^worker_processes 0*$expected;$/m, "$file: $text");
    }
}

# Who acts, as a trusted edge says; without a word of it, nobody.
$c = start(env => { PORT => $t->port, MONGO_URI => $t->mongo_uri,
    PRINCIPAL_HEADER => 'X-Principal', STALE => '10m' });
ok(defined $c->wait_ready('/health/ready'), 'with a principal') or diag($c->log);
my $product = $t->create(stock => 3);
$t->status_is($t->request(POST => $t->path($product, 'purchase'),
    headers => [ 'X-Principal' => 'alice' ]), 200, 'alice buys');
$t->status_is($t->request(POST => $t->path($product, 'purchase')), 200, 'and nobody');
my @actors = map { $_->{actor} // 'nobody' }
    @{ $t->get($t->path($product, 'movements'))->json->{items} };
is(join(' ', grep { $_ eq 'alice' } @actors), 'alice', 'alice is named, once')
    or diag("@actors");
is($c->stop, 0, 'it ends');

# Without a database it lives, and is not ready.
$c = start(env => { PORT => $t->port, MONGO_URI => 'mongodb://127.0.0.1:1' });
ok(defined $c->wait_ready('/health/live'), 'no database: it lives');
is($t->get('/health/ready')->status, 503, 'and is not ready');
is($c->stop, 0, 'it ends');

# The root cannot be written, whoever tries.
($code, $said) = $image->run(log => $t->dir . '/log' . $logs++,
    command => [ '/bin/sh', '-c', 'for d in / /etc/inventory /var /run; do
        echo x >$d/x; done' ]);
is(() = $said =~ /Read-only file system|Permission denied/g, 4,
    'nothing can be written but /tmp') or diag($said);
is($code, 2, 'as a failure tells');

$t->done;
