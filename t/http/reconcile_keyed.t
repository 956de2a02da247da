# admin/reconcile with an Idempotency-Key: the first report again, whatever has
# become of the shop since; and what becomes of one that is slow, fails or is
# left alone.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Chaos::Proxy;
use Inv::HTTP;
use Inv::Test;

my $dir   = File::Temp->newdir('inv-reconcile-XXXXXXXX', TMPDIR => 1);
my $proxy = Inv::Chaos::Proxy->new(
    uri  => Inv::Servers::mongo_uri(),
    seed => 7,
    log  => "$dir/proxy.log",
);
my $t = Inv::Test->new(mongo => $proxy->uri);

# The test's own look at the database meets no fault.
$t->{mongo} = Inv::Mongo->new(
    Inv::Servers::with_database(Inv::Servers::mongo_uri(), $t->database));

my @parts = (
    directives => <<'EOD',
    inventory_mongo "%%MONGO%%";
    inventory_redis "%%REDIS%%";
    inventory_principal $http_x_user;
EOD
    locations => <<'EOL',
        location /api/ { inventory_api; }
        location /office/ {
            inventory_api;
            inventory_admin on;
            inventory_timeout 8s;
        }
        location /short/ {
            inventory_api;
            inventory_admin on;
            inventory_timeout 1s;
        }
        location /health { inventory_health; }
EOL
);
$t->run(@parts);
$t->run_beside('second', @parts);
my @ports = ($t->port('main'), $t->port('second'));
$_->allow(qr/\[error\].*inventory: keyed reconcile/, qr/exited on signal 9/,
    qr/was locked by/)
    for map { $t->nginx($_) } qw(main second);

my $path   = '/office/admin/reconcile';
my $repair = { repair => JSON::PP::true };
my $keys   = 0;

sub fresh_key { return 'reconcile-' . ++$keys }

# method, path and options, with a key.
sub request_of {
    my ($key, $body, %opt) = @_;
    return (
        POST => delete $opt{path} // $path,
        defined $body ? (json => $body) : (),
        headers => [ 'Idempotency-Key' => $key, @{ delete $opt{headers} // [] } ],
        %opt
    );
}

sub keyed { return $t->request(request_of(@_)) }

sub is_first {
    my ($r, $status, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    $t->status_is($r, $status, $name);
    return is($r->header('Idempotency-Replayed'), undef, "$name: the first");
}

sub is_replay {
    my ($r, $first, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is($r->status . $r->header('Content-Type') . $r->body,
        $first->status . $first->header('Content-Type') . $first->body,
        "$name: the first answer");
    return is($r->header('Idempotency-Replayed'), 'true', "$name: says so");
}

sub oid { return Inv::Mongo::oid(@_) }

# The product's stock is another than its ledger's.
sub damage {
    my ($product, $stock) = @_;
    return $t->mongo->update('products', { _id => oid($product->{id}) },
        { '$set' => { stock => Inv::Mongo::long($stock) } });
}

sub repairs {
    my ($product) = @_;
    my @repairs = grep { ($_->{why} // '') eq 'reconcile' }
        Inv::Books::operations($t->mongo, $product->{id});
    return scalar @repairs;
}

my $product = $t->create(stock => 10);
my @sold = map { $t->create(stock => 10, name => "p$_") } 1 .. 3;
$t->request(POST => $t->path($_, 'purchase')) for $product, @sold;

# What leaves the key unused
for my $wrong ('', '"', '"a"; x', 'a b', "x\xe9", 'k' x 256) {
    $t->problem_is(keyed($wrong, {}), 400, 'bad-request', "the key $wrong");
}
$t->problem_is(
    keyed('one', {}, headers => [ 'idempotency-key' => $_ ]),
    400, 'bad-request', "two lines, one and $_"
) for qw(one two);
my $key = fresh_key();
$t->pointers_are(keyed($key, { repair => 1 }), ['/repair'], 'a wrong body');
$t->problem_is(keyed($key, {}, path => '/api/admin/reconcile'),
    403, 'forbidden', 'where it is not on');
is(scalar $t->mongo->find('claims', {}), 0, 'no key was used');

# The first answer, here and there, whatever has become of the shop.
my $first = keyed($key, {});
is_first($first, 200, 'a shop in order');
same_json($first->json, { checked => 4, differences => [], next => undef },
    'nothing wrong');
damage($product, 7);
is_replay(keyed($key, {}, port => $ports[ $_ % 2 ]), $first, "again $_")
    for 1 .. 6;
$t->problem_is(keyed($key, $_), 422, 'idempotency-conflict', 'another request')
    for $repair, { productId => $product->{id} }, undef;
is(scalar @{ keyed($key, {}, headers => [ 'X-User' => 'x' ])
            ->json->{differences} },
    1, q{another's key is another});
is_first(keyed('"' . fresh_key() . '"', undef), 200, 'no body');

$key = fresh_key();
$first = keyed($key, $repair, headers => [ 'X-User' => 'auditor' ]);
is_first($first, 200, 'a repair');
is($first->json->{differences}[0]{repairedBy}, "$product->{id}-3", 'is told');
my $movement = $t->get("/api/products/$product->{id}/movements?limit=1")
    ->json->{items}[0];
is($movement->{actor}, 'auditor', 'by whom');
is_replay(
    keyed($key, $repair, headers => [ 'X-User' => 'auditor' ],
        port => $ports[ $_ % 2 ]),
    $first, "repaired, again $_"
) for 1 .. 4;
is(repairs($product), 1, 'repaired once');

my $nobody = { productId => '0123456789abcdef01234567' };
$key   = fresh_key();
$first = keyed($key, $nobody);
$t->problem_is($first, 404, 'not-found', 'no such product');
is_first($first, 404, 'no such product');
is_replay(keyed($key, $nobody, port => $_), $first, 'not found, again')
    for @ports;

# Duplicates at the same time, at both workers of both instances: those who
# come while it goes on wait, also where others think that it takes too long.
for my $slow (0, 900) {
    for my $round (1 .. 3) {
        my $name = "$slow ms, round $round";
        damage($product, 20 + $slow + $round);
        my $before = repairs($product);
        my @same = request_of(fresh_key(), $repair);
        $proxy->faults("delay 1000000 ms=$slow-$slow collection=ledger")
            if $slow;
        my @answers
            = $t->all(map { [ @same, port => $ports[ $_ % 2 ] ] } 1 .. 16);
        $proxy->faults;
        is_deeply($t->tally(@answers), { 200 => 16 }, "$name: all are told");
        my %body = map { $_->body => 1 } @answers;
        is(scalar keys %body, 1, "$name: the same");
        cmp_ok(
            scalar(grep { !defined $_->header('Idempotency-Replayed') }
                    @answers),
            '<=', 1, "$name: one is the first"
        );
        is(repairs($product), $before + 1, "$name: repaired once");
        is_replay($t->request(@same, port => $_), $answers[0], $name)
            for @ports;
    }
}

# A database that fails: the key stays open, the retry does it.
for my $fault (qw(error cut-before cut-after swallow)) {
    damage($product, 40 + length $fault);
    my $before = repairs($product);
    $key = fresh_key();
    $proxy->faults("$fault 1000000 collection=ledger");
    my $r = keyed($key, $repair, path => '/short/admin/reconcile');
    cmp_ok($r->status, '>=', 500, "$fault: an error") or diag($r->text);
    $proxy->faults;
    is_first(keyed($key, $repair, port => $ports[1]), 200, "$fault: the retry");
    is(repairs($product), $before + 1, "$fault: repaired once");
    ok(keyed($key, $repair, port => $_)->header('Idempotency-Replayed'),
        "$fault: then kept")
        for @ports;
}

# Clients that leave: the retry is told.
sub begin {
    my (@request) = @_;
    my $before = $proxy->status->{delay};
    $proxy->faults('delay 1000000 ms=700-700 collection=ledger');
    my $connection = Inv::HTTP::Connection->new($ports[0]);
    $connection->write(request_text(@request));
    ok(wait_until(sub { $proxy->status->{delay} > $before }), 'it was sent');
    return $connection;
}
for my $how (qw(close reset)) {
    for my $after (0, 1) {
        my $name = "$how, " . ($after ? 'later' : 'at once');
        damage($product, 60 + $after + length $how);
        my $before = repairs($product);
        my @same   = request_of(fresh_key(), $repair);
        my $connection = begin(@same);
        my $other = Inv::HTTP::Connection->new($ports[0]);
        $other->write(request_text(@same));
        $connection->$how;
        $proxy->faults;
        select undef, undef, undef, 1.5 if $after;
        my $retry = $t->request(@same);
        $t->status_is($retry, 200, "$name: the retry");
        is($other->response(method => 'POST')->body, $retry->body,
            "$name: and who has waited with it");
        is(repairs($product), $before + 1, "$name: repaired once");
    }
}

# Nobody waits any more, and the worker ends.
my @last = request_of(fresh_key(), {});
begin(@last)->close;
$proxy->faults;

# Workers that die: another does it.
damage($product, 80);
my $before = repairs($product);
my @same = request_of(fresh_key(), $repair);
my $connection = begin(@same);
kill KILL => $t->nginx->workers;
$proxy->faults;
$connection->close;
my $retry = $t->request(@same, port => $ports[1]);
$t->status_is($retry, 200, 'killed: the retry');
is(repairs($product), $before + 1, 'killed: repaired once');
ok(wait_until(sub { $t->get('/health/live')->status == 200 }), 'killed: back');
is_replay($t->request(@same, port => $_), $retry, 'killed') for @ports;
$t->status_is($t->request(@last, port => $_), 200, 'what was left alone')
    for @ports;

# No report is too large to be kept.
my $n = 0;
while ($n < 300) {
    my @documents = map {
        {
            _id    => oid(sprintf 'ff%022x', $n++),
            name   => 'n',
            price  => 1,
            outbox => [],
            ( map { $_ => Inv::Mongo::long(0) } qw(reserved seq epoch edits) ),
            stock   => Inv::Mongo::long(5),
            version => Inv::Mongo::long(1),
            ( map { $_ => { '$date' => Inv::Mongo::long(1000) } }
                qw(createdAt updatedAt) ),
        }
    } 1 .. 100;
    $t->mongo->command(insert => 'products', documents => \@documents);
}
$key = fresh_key();
$first = keyed($key, {});
is_first($first, 200, 'many differences');
is(scalar @{ $first->json->{differences} }, 256, 'are not all told at once');
is($first->json->{checked}, 4 + 256, 'what is behind the last is not checked');
is($first->json->{next}, sprintf('ff%022x', 255), 'next');
is_replay(keyed($key, {}, port => $_), $first, 'many') for @ports;
my $rest = keyed(fresh_key(), { after => $first->json->{next} })->json;
is(scalar @{ $rest->{differences} }, 44, 'the rest');
is($rest->{differences}[0]{productId}, sprintf('ff%022x', 256),
    'without a hole');
is($rest->{next}, undef, 'the end');

$t->done;
