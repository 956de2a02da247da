# The copies in the shared zone: whoever reads a product again, through whichever
# worker, asks nobody; a write leaves the new copy behind; what may not be used
# is not.

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

# Each worker gets its share of requests: reuseport.
sub part {
    my ($cache, %opt) = @_;
    my $servers = $opt{redis} ? 'redis://127.0.0.1:' . $redis->port : 'off';
    my $zone = $opt{zone} // '8m';
    my $more = $opt{more} // '';
    return (
        listen     => '127.0.0.1:%%PORT%% reuseport',
        directives => <<"EOD");
    inventory_mongo "%%MONGO%%";
    inventory_redis $servers;
    inventory_cache $cache;
    inventory_zone $zone;
    inventory_timeout 10s;
    $more
EOD
}

# Reads through all workers: with so many connections each gets some.
sub reads {
    my ($path, $n, @more) = @_;
    return $t->all(map { [ GET => $path, @more ] } 1 .. $n // 12);
}

sub all_local {
    my ($name, @answers) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return is_deeply(details(@answers), { local => scalar @answers }, $name);
}

# After a read.
$t->run(part('local=60s redis=off'));
my $product = $t->create(
    name        => "Local \x{20ac}\x{1f600}\\\"",
    description => "one\ntwo", price => 19.99, stock => 10_000
);
my $path = $t->path($product);
$t->restart(part('local=60s redis=off'));    # with an empty zone
my $first;
is(finds($proxy, sub { $first = $t->get($path) }), 1, 'the first read: a find');
is(detail($first), 'miss', 'the first read: a miss');
my @answers;
is(finds($proxy, sub { @answers = reads($path) }), 0, 'then none');
all_local('all workers have it', @answers);
is(scalar(grep { $_->body ne $first->body } @answers), 0, 'the same bytes');
is(scalar(grep { $_->header('ETag') ne $first->header('ETag') } @answers),
    0, 'the same ETag');
is(scalar(grep { $_->header('Cache-Control') ne 'no-cache' } @answers),
    0, 'Cache-Control');
for my $etag ('"1"', 'W/"1"', '"0", "1"', '*') {
    @answers = reads($path, 4, headers => [ 'If-None-Match' => $etag ]);
    is_deeply($t->tally(@answers), { 304 => 4 }, "304: $etag");
    all_local("304: $etag: local", @answers);
    is($answers[0]->header('ETag'), '"1"', "304: $etag: ETag");
}
my $other = $t->get($path, headers => [ 'If-None-Match' => '"2"' ]);
$t->status_is($other, 200, 'another version: 200');
my $head = $t->head($path);
$t->status_is($head, 200, 'HEAD');
is(detail($head), 'local', 'HEAD: local');
is($head->header('Content-Length'), length $first->body, 'HEAD: the length');
$t->status_is($t->get($path, headers => [ 'If-Match' => '"9"' ]),
    412, 'If-Match on a copy');

# After a write: the new version, by every worker, and nobody is asked.
my $n     = 0;
my %write = (
    purchase => sub { $t->request(POST => "$path/purchase") },
    restock  => sub { $t->post("$path/restock", { quantity => 2 }) },
    adjust   => sub { $t->post("$path/adjust", { delta => -1 }) },
    PATCH    => sub { $t->patch($path, { category => 'c' . ++$n }) },
    PUT      => sub { $t->put($path, { name => 'Put ' . ++$n, price => 2 }) },
    batch    => sub {
        $t->post('/api/stock/batch',
            { operations => [
                { productId => $product->{id}, type => 'restock', quantity => 1 }
            ] });
    },
);
for my $kind (sort keys %write) {
    my ($wrong, $other, $asked) = (0, 0, 0);
    for my $round (1 .. 8) {
        my $version = $t->get($path)->json->{version};
        $t->status_is($write{$kind}->(), 200, $kind) if $round == 1;
        $write{$kind}->() if $round != 1;
        $asked += finds($proxy, sub { @answers = reads($path, 6) });
        $wrong += grep { $_->json->{version} != $version + 1 } @answers;
        $other += grep { detail($_) ne 'local' } @answers;
    }
    is("$wrong $other $asked", '0 0 0', "$kind: the new version is local at once");
}
my $new = $t->create(name => 'New');
is(finds($proxy, sub { @answers = reads($t->path($new), 6) }),
    0, 'POST: nobody is asked');
all_local('POST: the new product is local at once', @answers);
is($answers[0]->json->{name}, 'New', 'and whole');

# Deleted.
for my $round (1 .. 10) {
    my $gone = $t->create;
    my $at   = $t->path($gone);
    reads($at, 4);
    $t->status_is($t->delete($at), 204, 'DELETE') if $round == 1;
    $t->delete($at) if $round != 1;
    @answers = reads($at, 8);
    is_deeply($t->tally(@answers), { 404 => 8 }, 'after DELETE: 404 at once');
}

# That there is no product is known for a while, not for long.
my $nowhere = '0123456789abcdef01234567';
my $began   = time;
my $asked   = finds($proxy, sub { @answers = map { $t->get("/api/products/$nowhere") } 1 .. 30 });
is_deeply($t->tally(@answers), { 404 => 30 }, 'no product: 404');
cmp_ok($asked, '<=', 2 + 2 * (time - $began), "no product: asked $asked times");
$t->problem_is($answers[-1], 404, 'not-found');
copies_of($t, $product, $nowhere);
$began = time;
ok(wait_until(sub { $t->get("/api/products/$nowhere")->status == 200 }, 10),
    'no product: seen when there is one');
cmp_ok(time - $began, '<', 5, 'no product: soon');

# Large products.
my $large = $t->create(
    name        => "\x{1f600}" x 200,
    description => "\x{20ac}" x 5000,
    tags        => [ map { "\x{20ac}" x 60 . $_ } 1 .. 20 ],
    stock       => 10
);
@answers = reads($t->path($large));
all_local('a large product', @answers);
is($answers[-1]->json->{description}, "\x{20ac}" x 5000, 'and whole');
my $escaped = $t->create(description => "\x{1}" x 5000);
@answers = reads($t->path($escaped), 4);
all_local('one of 30,000 bytes', @answers);
is($answers[-1]->json->{description}, "\x{1}" x 5000, 'and whole');

# A reload keeps them.
ok($t->nginx->reload, 'reloaded');
all_local('a reload keeps the copies', reads($path));

# Lifetimes: a change behind the service's back is seen after it, not before.
sub behind {
    my ($name) = @_;
    $t->mongo->update('products', { _id => Inv::Mongo::oid($product->{id}) },
        { '$set' => { name => $name } });
    return;
}

sub shows {
    my ($name, $seconds) = @_;
    return wait_until(sub { $t->get($path)->json->{name} eq $name }, $seconds);
}
$t->restart(part('local=2s redis=off'));
my ($early, $late) = (0, 0);
for my $round (1 .. 3) {
    # Until it ends, and one that is new.
    wait_until(sub { detail($t->get($path)) eq 'miss' }, 10);
    my $made_at = time;
    behind("Behind $round");
    my $r = $t->get($path);
    $early++ if time - $made_at < 1.5 && detail($r) ne 'local';
    ok(shows("Behind $round", 10), "seen after the lifetime: $round");
    $late++ if time - $made_at > 4;
}
is("$early $late", '0 0', 'neither before nor long after it');

$t->restart(part('local=200ms redis=off'));
for my $round (1 .. 3) {
    reads($path);
    behind("Shortly $round");
    my $since = time;
    ok(shows("Shortly $round", 10), 'a short lifetime');
    cmp_ok(time - $since, '<', 2, 'is short');
}

$t->restart(part('local=off redis=off'));
is(finds($proxy, sub { @answers = map { $t->get($path) } 1 .. 5 }), 5, 'off: each read asks');
is_deeply(details(@answers), { miss => 5 }, 'off: misses');
behind('Off');
is($t->get($path)->json->{name}, 'Off', 'off: seen at once');

# Redis away: local hits go on.
$t->restart(part('local=60s redis=60s', redis => 1));
$t->request(POST => "$path/purchase");
all_local('with Redis', reads($path));
$redis->stop;
is(finds($proxy, sub { @answers = reads($path) }), 0, 'Redis stopped: nobody is asked');
all_local('Redis stopped: local hits go on', @answers);
my $bought = $t->request(POST => "$path/purchase");
@answers = reads($path);
all_local('Redis stopped: after a write too', @answers);
is(scalar(grep { $_->json->{stock} != $bought->json->{remaining} } @answers),
    0, 'Redis stopped: the new stock');
$redis->start;

# A zone too small for all.
$t->restart(part('local=300s redis=off', zone => '1m'));
my $plain = $t->create(name => 'Plain');
my @ids = map { sprintf '%024x', 0xabc000 + $_ } 1 .. 4000;
copies_of($t, $plain, @ids);
my @hot = map { $t->create(name => "Hot $_") } 1 .. 5;

# Reads of many paths, over kept connections, the hot ones in between; how many
# were wrong, and details of the hot ones.
sub flood {
    my ($status, @paths) = @_;
    my ($count, $wrong, %hot) = (0, 0);
    drive(
        connections => 8,
        request     => sub {
            return if !@paths;
            my $hot = $count++ % 3 == 0;
            my $p = $hot ? $t->path($hot[ $count % @hot ]) : shift @paths;
            return {
                port   => $t->port,
                method => 'GET',
                path   => $p,
                hot    => $hot,
                text   => request_text(GET => $p, keepalive => 1),
            };
        },
        response => sub {
            my ($r, $request) = @_;
            my ($id) = $request->{path} =~ /(\w+)$/;
            my $expected = $request->{hot} ? 200 : $status;
            $wrong++ if $r->status != $expected
                || $expected == 200 && $r->json->{id} ne $id;
            $hot{ detail($r) }++ if $request->{hot};
        },
    );
    return ($wrong, \%hot);
}
reads($t->path($_)) for @hot;
my ($wrong, $hot) = flood(200, map {"/api/products/$_"} @ids);
is($wrong, 0, 'more products than fit: all right');
is_deeply([ keys %{$hot} ], ['local'], 'what is read all the time stays')
    or diag(explain $hot);
my @again = map {"/api/products/$_"} @ids[ 0 .. 100 ];
is(finds($proxy, sub { ($wrong) = flood(200, @again) }) > 0, 1,
    'what was read once has gone');
is($wrong, 0, 'and is read again');
($wrong, $hot) = flood(404,
    map { sprintf '/api/products/%012x%012x', rand 2**40, rand 2**40 } 1 .. 4000);
is($wrong, 0, 'four thousand ids of nothing: all 404');
is_deeply([ keys %{$hot} ], ['local'], 'and push out nothing')
    or diag(explain $hot);

# Large ones among small ones.
my @large = map {
    $t->create(name => "Large $_", description => chr(0x20ac + $_) x 5000)
} 1 .. 60;
$wrong = 0;
for my $one (@large, reverse @large) {
    my $r = $t->get($t->path($one));
    $wrong++ if $r->status != 200 || $r->json->{name} ne $one->{name}
        || $r->json->{description} ne $one->{description};
}
is($wrong, 0, 'sixty large products in a small zone: all right');

# A worker dies: whatever it was at, what is read afterwards is right.
$t->nginx->allow(qr/exited on signal 9/);
for my $round (1 .. 4) {
    my ($killed, $ends, $bad) = (0, time + 1.2, 0);
    my $kill_at = time + 0.2 + rand 0.6;
    drive(
        connections => 16,
        request     => sub {
            return if time > $ends;
            my $id = rand() < 0.5 ? $hot[ rand @hot ]{id} : $ids[ rand @ids ];
            my $buys = rand() < 0.1;
            my $p = "/api/products/$id" . ($buys ? '/restock' : '');
            return {
                port   => $t->port,
                method => $buys ? 'POST' : 'GET',
                id     => $id,
                text   => request_text($buys ? 'POST' : 'GET', $p,
                    keepalive => 1, $buys ? (json => { quantity => 1 }) : ()),
            };
        },
        response => sub {
            my ($r, $request) = @_;
            return if !$r->status && $killed;
            $bad++ if $r->status != 200
                || ($r->json->{id} // $r->json->{productId}) ne $request->{id};
        },
        tick => sub {
            return if $killed || time < $kill_at;
            kill KILL => ($t->nginx->workers)[0];
            $killed = 1;
        },
    );
    is($bad, 0, "killed under load, $round: no wrong answer");
    wait_until(sub { $t->nginx->workers == 2 });
    my $stock = $t->mongo->product($hot[0]{id})->{stock};
    @answers = reads($t->path($hot[0]));
    is(scalar(grep { $_->status != 200 || $_->json->{stock} != $stock } @answers),
        0, "killed under load, $round: reads are right afterwards");
}

# Bad values.
for my $bad ('local', 'local=', 'local=0', 'local=2d', 'local=-1', 'local=1x',
    'redis=', 'local=1s local=2s', 'local=1s redis=1s local=1s', 'other=1s',
    'local=on', '', 'local=OFF')
{
    my ($ok, $said) = $t->check_config(http => "inventory_cache $bad;");
    ok(!$ok, "inventory_cache $bad: refused");
    like($said, qr/inventory_cache|number of arguments/, 'with its name');
}
for my $good ('local=off', 'redis=off', 'local=1ms redis=1d', 'redis=1s local=1m') {
    my ($ok, $said) = $t->check_config(http => "inventory_cache $good;");
    ok($ok, "inventory_cache $good") or diag($said);
}
for my $bad ('', '0', 'on', '-1s', '2d', '1s 2s') {
    my ($ok) = $t->check_config(http => "inventory_stale $bad;");
    ok(!$ok, "inventory_stale $bad: refused");
}

$t->done;
