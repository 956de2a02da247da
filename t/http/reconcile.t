# admin/reconcile: who may, what it finds, what it repairs.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Test;

my $t = Inv::Test->new;
$t->run(
    http      => 'inventory_principal $http_x_user;',
    locations => <<'EOT');
        location /api/ { inventory_api; }
        location /office/ {
            inventory_api;
            inventory_admin on;
            inventory_timeout 20s;
        }
        location /health { inventory_health; }
EOT

my $path = '/office/admin/reconcile';

sub reconcile {
    my ($body) = @_;
    my $r = $t->post($path, $body, headers => [ 'X-User' => 'auditor' ]);
    $t->status_is($r, 200, 'reconcile');
    return $r->json;
}

# Only where it is on; whatever else may be wrong.
for my $body (undef, '{', '{"x": 1}', '{}') {
    $t->problem_is(
        $t->request(POST => '/api/admin/reconcile',
            defined $body
            ? (body => $body)
            : ()),
        403, 'forbidden', 'not here'
    );
}
$t->problem_is($t->get('/api/admin/reconcile'), 403, 'forbidden', 'GET');
$t->problem_is($t->get($path), 405, 'method-not-allowed', 'GET, where it is on');
$t->problem_is($t->get('/office/admin/x'), 404, 'not-found', 'another path');

# What is refused
my %wrong = (
    '{"repair": 1}'            => ['/repair'],
    '{"productId": 5}'         => ['/productId'],
    '{"productId": "x"}'       => ['/productId'],
    '{"after": "ABCDEFABCDEFABCDEFABCDEF"}' => ['/after'],
    '{"all": true}'            => ['/all'],
    '{"repair": "yes", "after": null}'      => [ '/after', '/repair' ],
    sprintf('{"productId": "%s", "after": "%s"}', '0' x 24, '0' x 24) =>
        ['/after'],
);
for my $body (sort keys %wrong) {
    $t->pointers_are(
        $t->request(POST => $path, body => $body),
        $wrong{$body}, $body
    );
}
$t->problem_is($t->post($path, { productId => '0' x 24 }), 404, 'not-found',
    'no such product');

# A shop in order
same_json(reconcile({}),
    { checked => 0, differences => [], next => undef }, 'an empty shop');
my @products = map { $t->create(stock => 10 * $_, name => "p$_") } 1 .. 4;
for my $product (@products) {
    $t->request(POST => $t->path($product, 'purchase')) for 1 .. 5;
    $t->patch($t->path($product), { stock => 77 });
}
same_json($t->request(POST => $path)->json,
    { checked => 4, differences => [], next => undef }, 'no body: all of them');

# Damage
ok(
    wait_until(
        sub { !$t->mongo->find('products', { dirty => JSON::PP::true }) }, 30
    ),
    'all is drained'
);
my @ids = map { $_->{id} } @products;
sub oid { return Inv::Mongo::oid(@_) }
$t->mongo->command(
    delete  => 'ledger',
    deletes => [ { q => { _id => "$ids[0]-3" }, limit => 1 } ]
);
$t->mongo->update('ledger', { _id => "$ids[1]-4" },
    { '$set' => { 'ops.0.d' => Inv::Mongo::long(-6) } });
$t->mongo->update('products', { _id => oid($ids[2]) },
    { '$set' => { stock => Inv::Mongo::long(70) } });

my %expected = (
    $ids[0] => {
        stock => 77, ledgerSum => 78, gaps => [ [ 3, 3 ] ],
    },
    $ids[1] => { stock => 77, ledgerSum => 72, breaks => [ [ 4, 4 ] ] },
    $ids[2] => { stock => 70, ledgerSum => 77, breaks => [ [ 7, 7 ] ] },
);
for my $id (keys %expected) {
    %{ $expected{$id} } = (
        productId => $id, seq => 7, reserved => 0, ledgerReserved => 0,
        %{ $expected{$id} }
    );
}
my $report = reconcile({ repair => JSON::PP::false });
is($report->{checked}, 4, 'checked');
same_json({ map { $_->{productId} => $_ } @{ $report->{differences} } },
    \%expected, 'what does not fit');
same_json(reconcile({ productId => $ids[1] })->{differences},
    [ $expected{ $ids[1] } ], 'one product');
same_json(reconcile({ productId => $ids[3], repair => JSON::PP::true }),
    { checked => 1, differences => [], next => undef }, 'one that fits');
is(scalar $t->mongo->find('ledger', { 'ops.why' => 'reconcile' }), 0,
    'nothing was repaired');

# Repair
my $etag = $t->get($t->path($products[1]))->header('ETag');
$_->{repairedBy} = "$_->{productId}-8" for values %expected;
same_json(
    {
        map { $_->{productId} => $_ }
            @{ reconcile({ repair => JSON::PP::true })->{differences} }
    },
    \%expected,
    'the same, repaired'
);
is($t->get($t->path($products[1]))->header('ETag'), $etag,
    'the product is what it was');
my $movement
    = $t->get("/api/products/$ids[1]/movements?limit=1")->json->{items}[0];
delete $movement->{$_} for qw(at traceId);
same_json(
    $movement,
    {
        id         => "$ids[1]-8",
        productId  => $ids[1],
        seq        => 8,
        type       => 'adjust',
        delta      => 5,
        stockAfter => 77,
        reason     => 'reconcile',
        actor      => 'auditor',
    },
    'the repair is a movement'
);

# Clean, but for a gap, which nothing can fill.
same_json(
    reconcile({ repair => JSON::PP::true })->{differences},
    [
        {
            productId => $ids[0], seq => 8, stock => 77, ledgerSum => 77,
            reserved  => 0, ledgerReserved => 0, gaps => [ [ 3, 3 ] ],
        }
    ],
    'then clean'
);
$t->status_is($t->request(POST => $t->path($products[2], 'purchase')), 200,
    'it sells on');
same_json(reconcile({ productId => $ids[2] })->{differences}, [],
    'and stays clean');
ok(
    wait_until(
        sub { !$t->mongo->find('products', { dirty => JSON::PP::true }) }, 30
    ),
    'repairs are drained, too'
);
same_json(reconcile({ productId => $ids[1] })->{differences}, [], 'clean');

# An operation that was applied twice: its key is in two movements, and all the
# sums are right.
my $twice = $t->create(stock => 5, name => 'twice');
for my $key (qw(a b)) {
    $t->status_is(
        $t->request(
            POST    => $t->path($twice, 'purchase'),
            headers => [ 'Idempotency-Key' => "reconcile-$key" ]
        ),
        200,
        "purchase $key"
    );
}
ok(
    wait_until(
        sub { !$t->mongo->find('products', { dirty => JSON::PP::true }) }, 30
    ),
    'they are drained'
);
same_json(reconcile({ productId => $twice->{id} })->{differences}, [],
    'two keys');
my ($first) = $t->mongo->find('ledger', { _id => "$twice->{id}-2" });
$t->mongo->update('ledger', { _id => "$twice->{id}-3" },
    { '$set' => { 'ops.0.k' => oid($first->{ops}[0]{k}) } });
same_json(
    reconcile({ productId => $twice->{id} })->{differences},
    [
        {
            productId => $twice->{id}, seq => 3, stock => 3, ledgerSum => 3,
            reserved => 0, ledgerReserved => 0, duplicates => [ [ 2, 3 ] ],
        }
    ],
    'one key, twice'
);
$t->mongo->update('ledger', { _id => "$twice->{id}-3" },
    { '$set' => { 'ops.0.k' => oid('ab' x 12) } });

# Numbers that no product can have are damage, not a sum that went wrong.
$t->mongo->update('products', { _id => oid($twice->{id}) },
    { '$set' => { stock => Inv::Mongo::long('9223372036854775807') } });
same_json(reconcile({ productId => $twice->{id}, repair => JSON::PP::true })
        ->{differences},
    [ { productId => $twice->{id}, damaged => JSON::PP::true } ],
    'a stock without end');
$t->status_is($t->request(POST => $t->path($twice, 'purchase')), 500,
    'which is not sold from');
like($t->nginx->log, qr/product $twice->{id} .*damaged.* stock/,
    'the log says what is wrong');
$t->mongo->update('products', { _id => oid($twice->{id}) },
    { '$set' => { stock => Inv::Mongo::long(3) } });
$t->status_is($t->request(POST => $t->path($twice, 'purchase')), 200, 'mended');

# More products than one call takes
my $n = 0;
while ($n < 1200) {
    my @documents = map {
        {
            _id    => oid(sprintf 'ff%022x', $n++),
            name   => 'n',
            price  => 1,
            outbox => [],
            ( map { $_ => Inv::Mongo::long(0) }
                qw(stock reserved seq epoch edits) ),
            version => Inv::Mongo::long(1),
            ( map { $_ => { '$date' => Inv::Mongo::long(1000) } }
                qw(createdAt updatedAt) ),
        }
    } 1 .. 400;
    $t->mongo->command(insert => 'products', documents => \@documents);
}
my ($calls, $checked, $next) = (0, 0);
do {
    $report = reconcile({ defined $next ? (after => $next) : () });
    cmp_ok($report->{checked}, '<=', 1000, 'a call checks at most 1,000');
    $checked += $report->{checked};
    $next = $report->{next};
    $calls++;
} while (defined $next && $calls < 10);
is($checked, 1205, 'all were checked');
cmp_ok($calls, '>=', 2, 'in more than one call');

# The directive
for my $case (
    [ 'inventory_admin maybe;',              qr/it must be "on" or "off"/ ],
    [ 'inventory_admin on; inventory_admin off;', qr/duplicate/ ],
    )
{
    my ($ok, $output) = $t->check_config(http => $case->[0]);
    ok(!$ok, $case->[0]);
    like($output, $case->[1], 'is told');
}

$t->done;
