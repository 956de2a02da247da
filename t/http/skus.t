# A product by its sku: as by its id, from the same copies, and right at once
# when the sku moves.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(sleep time);

use Inv::Test;
use Inv::Watched;

my $t     = Inv::Test->new;
my $proxy = watch($t);

sub part {
    my ($cache) = @_;
    return (
        listen     => '127.0.0.1:%%PORT%% reuseport',
        directives => <<"EOD");
    inventory_mongo "%%MONGO%%";
    inventory_redis "%%REDIS%%";
    inventory_cache $cache;
    inventory_timeout 10s;
EOD
}

sub at { my ($sku) = @_; return "/api/products/sku/$sku" }

# Reads through all workers.
sub reads {
    my ($sku, $n) = @_;
    return $t->all(map { [ GET => at($sku) ] } 1 .. $n // 8);
}

$t->run(part('local=60s'));
my $product = $t->create(sku => 'TSHIRT-RED-M', name => "Shirt \x{20ac}", stock => 9);
my $path = $t->path($product);
my $by_id = $t->get($path);

# As by id.
my $r;
is(finds($proxy, sub { $r = $t->get(at('TSHIRT-RED-M')) }), 1, 'the first: a find');
$t->status_is($r, 200, 'found');
is($r->body, $by_id->body, 'the bytes of a read by id');
is($r->header($_), $by_id->header($_), "$_ of a read by id")
    for qw(ETag Content-Type Cache-Control Content-Length);
my @answers;
is(finds($proxy, sub { @answers = reads('TSHIRT-RED-M') }), 0, 'the second: none');
is_deeply(details(@answers), { local => 8 }, 'local, by all workers');
is(scalar(grep { $_->body ne $by_id->body } @answers), 0, 'the same bytes');
$r = $t->get(at('TSHIRT-RED-M'), headers => [ 'If-None-Match' => '"1"' ]);
$t->status_is($r, 304, 'not modified');
is($r->header('ETag'), '"1"', '304: ETag');
$r = $t->head(at('TSHIRT-RED-M'));
$t->status_is($r, 200, 'HEAD');
is($r->header('Content-Length'), length $by_id->body, 'HEAD: the length');
for my $method (qw(POST PUT PATCH DELETE)) {
    $r = $t->request($method, at('TSHIRT-RED-M'), json => {});
    $t->problem_is($r, 405, 'method-not-allowed', "$method: 405");
    is($r->header('Allow'), 'GET, HEAD, OPTIONS', "$method: Allow");
}
$r = $t->request(OPTIONS => at('TSHIRT-RED-M'));
$t->status_is($r, 204, 'OPTIONS');
is($r->header('Allow'), 'GET, HEAD, OPTIONS', 'OPTIONS: Allow');

# A purchase is seen, without a find.
for my $round (1 .. 5) {
    my $left = $t->request(POST => "$path/purchase")->json->{remaining};
    is(finds($proxy, sub { @answers = reads('TSHIRT-RED-M') }), 0, 'bought: no find');
    is(scalar(grep { $_->json->{stock} != $left } @answers), 0, 'bought: seen at once');
}

# Unknown: not asked for again within a short time; found at once when created.
$t->problem_is($t->get(at('NOBODY')), 404, 'not-found', 'no such sku');
my $began = time;
my $asked = finds($proxy, sub { @answers = map { $t->get(at('NOBODY')) } 1 .. 30 });
is_deeply($t->tally(@answers), { 404 => 30 }, 'no such sku, again');
cmp_ok($asked, '<=', 1 + 2 * (time - $began), "asked $asked times");
for my $round (1 .. 15) {
    reads("LATER-$round", 4);
    $t->create(sku => "LATER-$round");
    @answers = reads("LATER-$round");
    is_deeply($t->tally(@answers), { 200 => 8 }, "created: found at once: $round");
}

# All that a sku may be.
for my $sku ('a', '.', '..', '...', '-', '_', '0', 'A' x 64, 'sku',
    '0123456789abcdef01234567', 'a.b_c-D9', '-._', $by_id->json->{id},
    join('', 'a' .. 'z', 'A' .. 'Z', 0 .. 9, '-_'))
{
    my $one = $t->create(sku => $sku);
    for my $n (1, 2) {
        $r = $t->get(at($sku));
        # nginx resolves dots before anybody sees them.
        next if $sku eq '.' || $sku eq '..';
        is(($r->json // {})->{id}, $one->{id}, "sku $sku, read $n");
    }
}
is($t->get(at('tshirt-red-m'))->status, 404, 'case counts');
for my $no ('a' x 65, 'a%00', '%00', 'a%20b', '%20', 'a b', 'a%0Ab', "\xc3\xa4",
    '%C3%A4', 'a%2Fb', 'a/b', 'a/', '', 'a+b', 'a,b', 'a%', '%41%', '$where',
    '{}', 'a;b', "a'b", 'a"b', 'a%7f', '%E2%82%AC')
{
    $r = $t->get(at($no));
    my $status = $r->status;
    ok($status == 404 || $status == 400, "not a sku: $no: $status");
}
for my $encoded ('TSHIRT%2DRED-M', '%54SHIRT-RED-M') {
    $r = $t->get(at($encoded));
    my $shown = $r->status == 200 ? $r->json->{id} : $r->status;
    is($shown, $product->{id}, "the same, encoded: $encoded");
}
is($t->get(at('TSHIRT-RED-M') . '?a=b')->status, $t->get("$path?a=b")->status,
    'with a query: as by id');

# The sku moves: right at once through all workers.
my @two = map { $t->create(name => "Mover $_", sku => "MOVE-$_") } 0, 1;
my ($wrong, $unread) = (0, 0);
for my $round (1 .. 25) {
    reads("MOVE-$_", 2) for 0, 1;
    my ($zero, $one) = $round % 2 ? (1, 0) : (0, 1);
    $t->patch($t->path($two[$zero]), { sku => "AWAY-$round" });
    # Nobody has it now; in other rounds nobody has asked when it is taken again.
    $wrong += grep { $_->status != 404 } reads('MOVE-1', 4) if $round % 3;
    $t->patch($t->path($two[$one]), { sku => 'MOVE-1' });
    my @after = reads('MOVE-1', 6);
    $unread += grep { $_->status != 200 } @after;
    $wrong  += grep { $_->status == 200 && $_->json->{id} ne $two[$one]{id} } @after;
    $t->patch($t->path($two[$zero]), { sku => 'MOVE-0' });
    @after = reads('MOVE-0', 6);
    $unread += grep { $_->status != 200 } @after;
    $wrong  += grep { $_->status == 200 && $_->json->{id} ne $two[$zero]{id} } @after;
    $wrong  += grep { $_->status != 404 } reads("AWAY-$round", 4);
}
is("$wrong $unread", '0 0', 'swapped: who has it is right at once');

# Taken away, given to another that is new.
my $holder = $t->create(sku => 'GIVEN');
for my $round (1 .. 15) {
    reads('GIVEN', 4);
    if ($round % 2) {
        $t->patch($t->path($holder), { sku => undef });
        @answers = reads('GIVEN');
        is_deeply($t->tally(@answers), { 404 => 8 }, "removed: 404 at once: $round");
    }
    else {
        $t->delete($t->path($holder));
        @answers = reads('GIVEN');
        is_deeply($t->tally(@answers), { 404 => 8 }, "deleted: 404 at once: $round");
    }
    $holder = $t->create(sku => 'GIVEN');
    @answers = reads('GIVEN');
    is(scalar(grep { ($_->json // {})->{id} ne $holder->{id} } @answers),
        0, "another has it: right at once: $round");
}

# Behind the service's back: after the lifetime.
$t->restart(part('local=1s redis=1s'));
my @pair = map { $t->create(name => "Pair $_", sku => "PAIR-$_") } 0, 1;
reads("PAIR-$_", 4) for 0, 1;
$t->mongo->update('products', { _id => Inv::Mongo::oid($pair[0]{id}) },
    { '$set' => { sku => 'PAIR-X' } });
$t->mongo->update('products', { _id => Inv::Mongo::oid($pair[1]{id}) },
    { '$set' => { sku => 'PAIR-0' } });
$began = time;
ok(
    wait_until(
        sub { ($t->get(at('PAIR-0'))->json // {})->{id} eq $pair[1]{id} }, 15
    ),
    'behind the back: seen after the lifetime'
);
cmp_ok(time - $began, '<', 8, 'and not long after');
ok(wait_until(sub { $t->get(at('PAIR-X'))->status == 200 }, 15), 'a new one too');

# Whose sku it is does not age: when its copy here has ended, one in Redis does.
$t->restart(part('local=300ms redis=60s'));
my $lives = $t->create(sku => 'LIVES');
wait_until(sub { ($t->get('/health/ready')->json // {})->{redis} eq 'up' });
$t->patch($t->path($lives), { name => 'Lives' });
$t->get(at('LIVES')) for 1 .. 2;
my $finds = finds(
    $proxy,
    sub {
        for my $round (1 .. 4) {
            sleep 0.4;
            $r = $t->get(at('LIVES'));
        }
    }
);
is($r->json->{name}, 'Lives', 'found by its sku after a while');
cmp_ok($finds, '<=', 1, 'without asking the database');

# Many at once that nobody has read: they share finds.
my @many = map { $t->create(sku => "MANY-$_") } 1 .. 100;
$asked = finds(
    $proxy,
    sub {
        @answers = $t->all(map { [ GET => at("MANY-$_") ] } 1 .. 100);
    }
);
is_deeply($t->tally(@answers), { 200 => 100 }, 'a hundred at once');
is(scalar(grep { $answers[$_]->json->{id} ne $many[$_]{id} } 0 .. 99),
    0, 'each its own');
cmp_ok($asked, '<', 50, "they share finds: $asked");

# Without copies.
$t->restart(part('local=off redis=off'));
for my $round (1 .. 5) {
    $t->patch($path, { sku => "OFF-$round" });
    @answers = reads("OFF-$round", 4);
    is_deeply($t->tally(@answers), { 200 => 4 }, 'off: found');
    is($t->get(at('OFF-' . ($round - 1)))->status, 404, 'off: not the old one');
}

$t->done;
