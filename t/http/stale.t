# inventory_stale: while the database is away, late copies are served and said to
# be late; never one older than an acknowledged write, and not for longer than
# was allowed.

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
    my ($more, $with_redis) = @_;
    my $servers = $with_redis ? 'redis://127.0.0.1:' . $redis->port : 'off';
    return (
        listen     => '127.0.0.1:%%PORT%% reuseport',
        directives => <<"EOD");
    inventory_mongo "%%MONGO%%";
    inventory_redis $servers;
    $more
    inventory_zone 8m;
    inventory_timeout 2s;
EOD
}

# What was sold is in the ledger: a worker that is to end waits for that.
sub away {
    wait_until(sub { !grep { @{ $_->{outbox} // [] } } $t->mongo->find('products', {}) })
        or die "outboxes are not drained\n";
    $proxy->tell('down');
    $proxy->tell('cut');
    return;
}

# Everything is swallowed: no error tells that it is away.
sub hangs { return $proxy->faults('drop 1000000') }

sub back {
    $proxy->faults;
    $proxy->tell('cut');
    $proxy->tell('up');
    return;
}

sub reads { my ($path, $n) = @_; return $t->all(map { [ GET => $path ] } 1 .. $n // 12) }

# The truth, soon after the database is back.
sub recovers {
    my ($path, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $version;
    ok(
        wait_until(
            sub {
                my @answers = reads($path, 6);
                return !grep { $_->status != 200 || detail($_) eq 'stale' } @answers;
            },
            20
        ),
        "$name: the truth again"
    );
    return;
}

sub counts {
    my (@answers) = @_;
    my %count;
    $count{ $_->status == 200 ? detail($_) : $_->status }++ for @answers;
    return \%count;
}

# Without the directive: 503 once the copy has ended.
$t->run(part('inventory_cache local=300ms redis=off;'));
my $product = $t->create(name => 'Stale', stock => 100);
my $path    = $t->path($product);
reads($path);
away();
ok(wait_until(sub { $t->get($path)->status == 503 }, 10), 'without it: 503');
$t->problem_is($t->get($path), 503, 'unavailable', 'as a problem');
back();
recovers($path, 'without it');

# From the zone.
$t->restart(part('inventory_cache local=300ms redis=off; inventory_stale 60s;'));
reads($path);
my $whole = $t->get($path);
away();
sleep 0.5;
my @answers = reads($path, 40);
is_deeply(counts(@answers), { stale => 40 }, 'away: stale from the zone, at once');
is($answers[0]->header('Cache-Status'), 'inventory; hit; detail=stale', 'and marked');
is(scalar(grep { $_->body ne $whole->body } @answers), 0, 'the same bytes');
is($answers[0]->header('ETag'), $whole->header('ETag'), 'the same ETag');
my $r = $t->get($path, headers => [ 'If-None-Match' => $whole->header('ETag') ]);
$t->status_is($r, 304, 'a stale 304');
is(detail($r), 'stale', 'marked as well');
is(detail($t->head($path)), 'stale', 'HEAD');
$t->problem_is($t->get('/api/products/0123456789abcdef01234567'),
    503, 'unavailable', 'what has no copy is not there');
is($t->get('/health/ready')->status, 503, 'not ready');
$t->status_is($t->request(POST => "$path/purchase"), 503, 'writes are refused');
my @many = grep { $_->{seconds} > 1 } map { $t->get($path) } 1 .. 50;
is(scalar @many, 0, 'nobody waits, but who finds out whether it is back');
$r = $t->get("/api/products?ids=$product->{id}");
is($r->status, 200, 'by ids') or diag($r->text);
is($r->header('Cache-Status'), 'inventory; hit; detail=stale', 'by ids: marked');
$r = $t->head("/api/products?ids=$product->{id}");
is(detail($r), 'stale', 'by ids: HEAD');

# Kept over a reload.
$t->nginx->reload;
@answers = reads($path);
is_deeply(counts(@answers), { stale => 12 }, 'kept over a reload');

# Under load.
sub load {
    my ($seconds, $path, $status) = @_;
    my ($ends, %count) = (time + $seconds);
    my $slowest = 0;
    drive(
        connections => 50,
        request     => sub {
            return if time > $ends;
            return { port => $t->port, method => 'GET', timeout => 20,
                text => request_text(GET => $path, keepalive => 1) };
        },
        response => sub {
            my ($r) = @_;
            $count{ $r->status == 200 ? detail($r) : $r->status }++;
            $slowest = $r->{seconds} if $r->{seconds} > $slowest;
        },
    );
    diag(sprintf 'slowest %.0f ms: %s', 1000 * $slowest,
        join ', ', map {"$_ $count{$_}"} sort keys %count);
    return (\%count, $slowest);
}
my ($count, $slowest) = load(3, $path);
is_deeply([ keys %{$count} ], ['stale'], 'away, under load: all are stale');
cmp_ok($slowest, '<', 1, 'and nobody waits');
back();
recovers($path, 'away');
my $bought = $t->request(POST => "$path/purchase");
$t->status_is($bought, 200, 'sold again');
is($t->get($path)->json->{stock}, $bought->json->{remaining}, 'and seen');

# Hanging: nothing says that it is away.
sleep 0.5;
reads($path);
hangs();
sleep 0.5;
($count, $slowest) = load(5, $path);
is_deeply([ sort grep { !/^(?:local|stale)$/ } keys %{$count} ], [], 'hanging: all are answered');
cmp_ok($count->{stale} // 0, '>', 0, 'with what is late');
cmp_ok($slowest, '<', 1.7, 'and nobody waits long');
back();
recovers($path, 'hanging');

# Never below an acknowledged write.
reads($path);
for my $round (1 .. 3) {
    my $older = $t->get($path);
    $bought = $t->request(POST => "$path/purchase");
    away();
    sleep 0.5;
    my @after = grep { $_->status == 200 } reads($path, 20);
    is(scalar(grep { $_->json->{stock} != $bought->json->{remaining} } @after),
        0, "sold before it went: nothing older, $round");
    is(scalar @after, 20, 'but that');
    back();
    recovers($path, "sold before it went, $round");
}
my $gone = $t->create;
reads($t->path($gone));
$t->delete($t->path($gone));
away();
sleep 0.5;
@answers = reads($t->path($gone));
is(scalar(grep { $_->status == 200 } @answers), 0, 'deleted before it went: not served');
back();
recovers($path, 'deleted');

# Past the bound: 503.
$t->restart(part('inventory_cache local=300ms redis=off; inventory_stale 2s;'));
reads($path);
my $since = time;
away();
sleep 0.7;
is(detail($t->get($path)), 'stale', 'within the bound');
ok(wait_until(sub { $t->get($path)->status == 503 }, 15), 'past it: 503');
cmp_ok(time - $since, '>', 1.5, 'not before');
cmp_ok(time - $since, '<', 6, 'nor long after');
is_deeply(counts(reads($path)), { 503 => 12 }, 'for all workers');
back();
recovers($path, 'past the bound');

# Turned off by a reload, which keeps the copies: they are not served late.
$t->restart(part('inventory_cache local=300ms redis=off; inventory_stale 60s;'));
reads($path);
$t->nginx->write_config($t->config(part('inventory_cache local=300ms redis=off; inventory_stale off;')));
ok($t->nginx->reload, 'reloaded: it is off');
is_deeply([ grep { $_ eq 'stale' } keys %{ counts(reads($path)) } ], [], 'off: read as ever');
away();
ok(wait_until(sub { $t->get($path)->status == 503 }, 10), 'off by a reload: 503');
is_deeply(counts(reads($path)), { 503 => 12 }, 'off by a reload: for all workers');
back();
recovers($path, 'off by a reload');

# From Redis.
my $with_redis = 'inventory_cache local=200ms redis=1s; inventory_stale 60s;';
$t->restart(part($with_redis, 1));
my $redis_up = sub {
    wait_until(sub { my $r = $t->get('/health/ready'); ($r->json // {})->{redis} eq 'up' });
};
$redis_up->();
$t->request(POST => "$path/purchase");
$t->get($path);
my ($key) = $redis->keys_with($product->{id});
ok($key, 'a copy in Redis');
cmp_ok($redis->command(PTTL => $key), '>', 30_000, 'which is kept while it may be served late');
my $copy = $redis->command(GET => $key);

# Drops the copy in the zone, as another node's news does.
sub forget {
    return $redis->command(PUBLISH => 'inv:' . $t->database . ':changed',
        join ' ', $product->{id}, '9' x 18 . '0', 0, 'f' x 16);
}
is(forget(), 1, 'the node listens');
$t->get($path);
away();
sleep 1.5;
forget();
is_deeply(counts(reads($path)), { stale => 12 }, 'stale from Redis');
($count, $slowest) = load(2, $path);
is_deeply([ keys %{$count} ], ['stale'], 'from Redis, under load: all are stale');
my ($calls) = $redis->command(INFO => 'commandstats') =~ /^cmdstat_getrange:calls=(\d+)/m;
($count) = load(3, $path);
my ($now) = $redis->command(INFO => 'commandstats') =~ /^cmdstat_getrange:calls=(\d+)/m;
cmp_ok($now - $calls, '<', 200, 'and Redis is asked now and then: ' . ($now - $calls));
back();
recovers($path, 'from Redis');

# Nothing but Redis.
$t->restart(part('inventory_cache local=off redis=1s; inventory_stale 60s;', 1));
$redis_up->();
$t->get($path) for 1 .. 3;
away();
sleep 1.5;
is_deeply(counts(reads($path)), { stale => 12 }, 'stale from Redis alone');
back();
recovers($path, 'from Redis alone');
hangs();
sleep 1.5;
($count, $slowest) = load(3, $path);
is_deeply([ grep { !/^(?:redis|stale)$/ } keys %{$count} ],
    [], 'hanging, from Redis alone: all are answered');
cmp_ok($slowest, '<', 1.7, 'and nobody waits long');
back();
recovers($path, 'hanging, from Redis alone');
$t->restart(part($with_redis, 1));

# An old one planted there.
$redis_up->();
$t->get($path);
$copy = $redis->command(GET => $key);
my $stock = $t->request(POST => "$path/purchase")->json->{remaining};
away();
sleep 1.5;
my $planted = 0;
for my $round (1 .. 10) {
    $redis->command(SET => $key, $copy);
    my @after = grep { $_->status == 200 } reads($path, 6);
    $planted += grep { $_->json->{stock} != $stock } @after;
}
is($planted, 0, 'an old copy planted in Redis is not served late');
back();
recovers($path, 'planted');

# It comes and goes.
my $other = 0;
for my $round (1 .. 4) {
    away();
    ($count) = load(0.7, $path);
    $other += $count->{$_} for grep { !/^(?:local|redis|stale|miss)$/ } keys %{$count};
    back();
    ($count) = load(0.7, $path);
    $other += $count->{$_} for grep { !/^(?:local|redis|stale|miss)$/ } keys %{$count};
}
is($other, 0, 'it comes and goes: all are answered');
recovers($path, 'it comes and goes');

$t->done;
