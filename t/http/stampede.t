# A hot product that ends, a product that hundreds miss at once, hundreds of
# products missed at once: what that costs Redis and the database, counted.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(sleep time);

use Inv::Test;
use Inv::RedisServer;
use Inv::Watched;

my $t     = Inv::Test->new;
my $proxy = watch($t);
my $redis = Inv::RedisServer->new(dir => $t->dir, name => 'redis');

sub part {
    my ($cache, $with_redis) = @_;
    my $servers = $with_redis ? 'redis://127.0.0.1:' . $redis->port : 'off';
    return (
        listen     => '127.0.0.1:%%PORT%% reuseport',
        directives => <<"EOD");
    inventory_mongo "%%MONGO%%";
    inventory_redis $servers;
    inventory_cache $cache;
    inventory_zone 8m;
    inventory_timeout 20s;
EOD
}

# How often Redis was asked for a copy.
sub redis_reads {
    my ($calls) = $redis->command(INFO => 'commandstats')
        =~ /^cmdstat_getrange:calls=(\d+)/m;
    # The script that stores a copy looks at the old one first.
    my ($stores) = $redis->command(INFO => 'commandstats')
        =~ /^cmdstat_eval:calls=(\d+)/m;
    return ($calls // 0) - ($stores // 0);
}

# Reads of one path over many connections; {answers, finds, redis, bad}.
sub storm {
    my ($seconds, $path, $connections) = @_;
    my ($ends, $answers, $bad, $slowest) = (time + $seconds, 0, 0, 0);
    my $before = redis_reads();
    my $text = request_text(GET => $path, keepalive => 1);
    my $finds = finds(
        $proxy,
        sub {
            drive(
                connections => $connections,
                request     => sub {
                    return if time > $ends;
                    return { port => $t->port, method => 'GET', text => $text };
                },
                response => sub {
                    my ($r) = @_;
                    $answers++;
                    $bad++ if $r->status != 200;
                    $slowest = $r->{seconds} if $r->{seconds} > $slowest;
                },
            );
        }
    );
    my %said = (answers => $answers, finds => $finds, bad => $bad,
        redis => redis_reads() - $before, took => time - $ends + $seconds);
    diag(join ', ', (map {"$_ $said{$_}"} qw(answers finds redis bad)),
        sprintf '%.1f s, slowest %.0f ms', $said{took}, 1000 * $slowest);
    return \%said;
}

# A lifetime of 200 ms, 300 connections, two workers, Redis behind.
$t->run(part('local=200ms redis=60s', 1));
my $product = $t->create(stock => 1_000_000);
my $path    = $t->path($product);
wait_until(sub { my $r = $t->get('/health/ready'); ($r->json // {})->{redis} eq 'up' });
my $said = storm(4, $path, 300);
my $lifetimes = $said->{took} / 0.18 + 1;
is($said->{bad}, 0, 'hot, with Redis: all are answered');
cmp_ok($said->{redis}, '<=', 3 * $lifetimes, 'about one read of Redis a lifetime');
cmp_ok($said->{redis}, '>=', $said->{took} / 2, 'which is what is counted');
cmp_ok($said->{finds}, '<=', 10, 'and hardly a find');
cmp_ok($said->{answers}, '>', 5 * $said->{redis}, 'most cost nothing');

# Copies in Redis end as well.
$t->restart(part('local=200ms redis=1s', 1));
$said = storm(4, $path, 300);
is($said->{bad}, 0, 'they end in Redis too: all are answered');
cmp_ok($said->{finds}, '<=', 4 * ($said->{took} / 0.9 + 1), 'about one find a lifetime in Redis');

# Without Redis.
$t->restart(part('local=200ms redis=off'));
$said = storm(4, $path, 300);
is($said->{bad}, 0, 'hot, without Redis: all are answered');
cmp_ok($said->{finds}, '<=', 3 * ($said->{took} / 0.18 + 1), 'about one find a lifetime');
cmp_ok($said->{finds}, '>=', $said->{took} / 2, 'which is what is counted');

# A slow database: hundreds of concurrent misses, through both workers, share.
for my $with_redis (0, 1) {
    my $name = $with_redis ? 'with Redis' : 'without Redis';
    $t->restart(part($with_redis ? 'local=60s redis=60s' : 'local=60s redis=off', $with_redis));
    $redis->command('FLUSHALL');
    $proxy->faults('delay 1000000 ms=300-300 command=find collection=products');
    my @answers;
    my $asked = finds($proxy, sub { @answers = $t->all(map { [ GET => $path ] } 1 .. 400) });
    is_deeply($t->tally(@answers), { 200 => 400 }, "slow, $name: all are answered");
    cmp_ok($asked, '<=', 4, "slow, $name: 400 misses cost $asked finds");
    my %body = map { $_->body => 1 } @answers;
    is(scalar keys %body, 1, "slow, $name: the same answer");
    my $nobody = '/api/products/0123456789abcdef01234567';
    $asked = finds($proxy, sub { @answers = $t->all(map { [ GET => $nobody ] } 1 .. 200) });
    is_deeply($t->tally(@answers), { 404 => 200 }, "slow, $name: of nothing as well");
    cmp_ok($asked, '<=', 6, "slow, $name: 200 misses of nothing cost $asked finds");
    $proxy->faults;
}

# It ends while the database is slow: who reads waits for nobody as long as the
# copy lives, then all wait for one find.
$t->restart(part('local=1s redis=off'));
$proxy->faults('delay 1000000 ms=150-150 command=find collection=products');
$said = storm(4, $path, 200);
is($said->{bad}, 0, 'slow and hot: all are answered');
cmp_ok($said->{finds}, '<=', 6 * ($said->{took} / 0.9 + 1), 'few finds');
$proxy->faults;

# Slower than who waits for another worker is patient.
$t->restart(part('local=60s redis=off'));
$proxy->faults('delay 1000000 ms=900-900 command=find collection=products');
my @answers;
my $asked = finds($proxy, sub { @answers = $t->all(map { [ GET => $path ] } 1 .. 200) });
is_deeply($t->tally(@answers), { 200 => 200 }, 'very slow: all are answered');
cmp_ok($asked, '<=', 6, "very slow: 200 misses cost $asked finds");
$proxy->faults;

# Many workers: one of them reads for all.
{
    local $t->{workers} = 8;
    $t->restart(part('local=60s redis=off'));
    my $most = 0;
    for my $round (1 .. 3) {
        my $new = sprintf '%024x', 0x6f0000 + $round;
        copies_of($t, $product, $new);
        $proxy->faults('delay 1000000 ms=300-300 command=find collection=products');
        my $cost = finds($proxy,
            sub { @answers = $t->all(map { [ GET => "/api/products/$new" ] } 1 .. 200) });
        $proxy->faults;
        is_deeply($t->tally(@answers), { 200 => 200 }, 'eight workers: all are answered');
        $most = $cost if $cost > $most;
    }
    cmp_ok($most, '<=', 4, "eight workers: 200 misses cost $most finds");
}

# Many products at once share finds.
my @ids = map { sprintf '%024x', 0x700000 + $_ } 1 .. 300;
copies_of($t, $product, @ids);
for my $with_redis (0, 1) {
    my $name = $with_redis ? 'with Redis' : 'without Redis';
    $t->restart(part($with_redis ? 'local=60s redis=60s' : 'local=60s redis=off', $with_redis));
    $proxy->faults('delay 1000000 ms=100-100 command=find collection=products');
    my $asked = finds($proxy,
        sub { @answers = $t->all(map { [ GET => "/api/products/$_" ] } @ids) });
    is_deeply($t->tally(@answers), { 200 => 300 }, "300 products, $name: all are answered");
    is(scalar(grep { $answers[$_]->json->{id} ne $ids[$_] } 0 .. $#ids),
        0, "300 products, $name: each its own");
    cmp_ok($asked, '<=', 30, "300 products, $name: $asked finds");
    $proxy->faults;
}

# A write in between: who asks after it sees it, though a read is under way.
$t->restart(part('local=60s redis=off'));
$proxy->faults('delay 1000000 ms=300-300 command=find collection=products');
my ($older, $others) = (0, 0);
for my $round (1 .. 5) {
    my $one = $ids[ 100 + $round ];
    my ($left, %floor);
    my $sent = 0;
    drive(
        connections => 30,
        request     => sub {
            return if $sent >= 60;
            my $n = $sent++;
            my $buys = $n == 10;
            return {
                port   => $t->port,
                method => $buys ? 'POST' : 'GET',
                floor  => $left,
                text   => $buys
                ? request_text(POST => "/api/products/$one/purchase", keepalive => 1)
                : request_text(GET => "/api/products/$one", keepalive => 1),
            };
        },
        response => sub {
            my ($r, $request) = @_;
            $others++ if $r->status != 200;
            if ($request->{method} eq 'POST') {
                $left = ($r->json // {})->{remaining};
                return;
            }
            $older++
                if defined $request->{floor}
                && $r->json->{stock} != $request->{floor};
        },
    );
}
is("$older $others", '0 0', 'a write in between: seen by who asks after it');
$proxy->faults;

$t->done;
