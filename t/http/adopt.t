# admin/adopt: a collection that something else has made becomes products, by
# calls that go on from a cursor; what it cannot take up it tells; it may be
# called twice at once, and while it sells.

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
        location /api/ { inventory_api; inventory_timeout 10s; }
        location /office/ {
            inventory_api;
            inventory_admin on;
            inventory_timeout 20s;
        }
        location /health { inventory_health; }
EOT

my $path = '/office/admin/adopt';

sub adopt {
    my ($body) = @_;
    my $r = $t->post($path, $body, headers => [ 'X-User' => 'importer' ]);
    $t->status_is($r, 200, 'adopt') if $r->status != 200;
    return $r->json;
}

# All of it, call after call.
sub adopt_all {
    my ($limit) = @_;
    my ($cursor, %sum, @failed);
    do {
        my $r = adopt({ limit => $limit, defined $cursor ? (cursor => $cursor) : () });
        $sum{$_} += $r->{$_} for qw(adopted already);
        push @failed, @{ $r->{failed} };
        $cursor = $r->{cursor};
        $sum{calls}++;
    } while (defined $cursor && $sum{calls} < 1000);
    return { %sum, failed => \@failed };
}

sub oid  { return Inv::Mongo::oid(@_) }
sub long { return Inv::Mongo::long(@_) }
sub date { my ($ms) = @_; return { '$date' => long($ms) } }

# Only where it is on; and what is refused.
$t->problem_is($t->request(POST => '/api/admin/adopt'), 403, 'forbidden',
    'not here');
$t->problem_is($t->get($path), 405, 'method-not-allowed', 'GET');
my %wrong = (
    '{"limit": 0}'       => ['/limit'],
    '{"limit": 1001}'    => ['/limit'],
    '{"limit": "5"}'     => ['/limit'],
    '{"cursor": "next"}' => ['/cursor'],
    '{"all": true}'      => ['/all'],
);
$t->pointers_are($t->request(POST => $path, body => $_), $wrong{$_}, $_)
    for sort keys %wrong;

my $nothing = { adopted => 0, already => 0, failed => [], cursor => undef };
same_json(adopt({}), $nothing, 'an empty shop');
my $own = $t->create(stock => 3, name => 'own');
same_json(adopt({ cursor => undef }), { %{$nothing}, already => 1 },
    'a product is one already');

# As an ODM makes them: int32 and double numbers.
my $n = 0;
my @ids;

sub documents {
    my ($count) = @_;
    my @documents = map {
        {   _id         => oid(sprintf 'aa%022x', ++$n),
            name        => "Red shirt number $n",
            description => 'Of wool',
            price       => $n % 2 ? { '$numberDouble' => '19.99' } : 7,
            stock       => $n % 3 ? 100 : { '$numberDouble' => '100.0' },
            createdAt   => date(1_600_000_000_000 + $n),
            updatedAt   => date(1_700_000_000_000 + $n),
            __v         => 0,
        }
    } 1 .. $count;
    push @ids, map { $_->{_id}{'$oid'} } @documents;
    return @documents;
}

sub insert {
    my (@documents) = @_;
    $t->mongo->command(insert => 'products',
        documents => [ splice @documents, 0, 200 ])
        while @documents;
    return;
}
insert(documents(2000));
my $first = "/api/products/$ids[0]";
$t->problem_is($t->request(POST => "$first/purchase"), 500, 'damaged',
    'not sold before');
$t->get($first);

# Two at once, while it sells.
my @answers = $t->all(
    [ POST => $path, json => { limit => 1000 } ],
    [ POST => $path, json => { limit => 1000 } ],
    map { [ POST => "/api/products/$ids[$_ % 50]/purchase" ] } 1 .. 300,
);
my @adopts = splice @answers, 0, 2;
is_deeply([ map { $_->status } @adopts ], [ 200, 200 ], 'two at once');
my %statuses = %{ $t->tally(@answers) };
my $sold = delete $statuses{200} // 0;
delete $statuses{500};
is_deeply(\%statuses, {}, 'a purchase is done, or told that it cannot be yet');
my $sum = adopt_all(700);
my $taken = $sum->{adopted};
$taken += $_->json->{adopted} for @adopts;
is($taken, 2000, 'each was taken up once');
same_json($sum->{failed}, [], 'and none failed');
is(adopt_all(1000)->{already}, 2001, 'then all of them are products');

# What they are then
for my $i (0, 1, 2, 1999) {
    my $stored = $t->mongo->product($ids[$i]);
    my $price  = $i % 2 ? '7' : '19.99';
    my $product = $t->get("/api/products/$ids[$i]")->json;
    cmp_ok($product->{price}, '==', $price, "price $price");
    is($product->{name}, 'Red shirt number ' . ($i + 1), 'name');
    is($stored->{__v}, 0, '__v is left alone');
    is($stored->{createdAt}, 1_600_000_000_001 + $i, 'createdAt is kept');
    my $movements = $t->get("/api/products/$ids[$i]/movements")->json->{items};
    my $opening = $movements->[-1];
    is("$opening->{type} $opening->{delta} $opening->{stockAfter} $opening->{seq}",
        'set 100 100 1', 'the opening movement');
}
like($t->mongo->text(find => 'products', filter => { _id => oid($ids[1]) }),
    qr/"price" *: *\{ *"\$numberDecimal" *: *"7[.0]*"/, 'a decimal');
is(scalar @{ $t->get('/api/products?q=shirt&limit=100')->json->{items} }, 100,
    'they are found by their words');

# Sold, and in order.
my $remaining = 0;
$remaining += $t->get("/api/products/$_")->json->{stock} for @ids[ 0 .. 49 ];
is($remaining, 50 * 100 - $sold, 'all that was sold is counted');
$t->status_is($t->request(POST => "$first/purchase"), 200, 'sold');
$t->status_is($t->patch($first, { price => 5 }), 200, 'edited');
my ($checked, $next) = (0);
do {
    my $r = $t->post('/office/admin/reconcile', { defined $next ? (after => $next) : () })
        ->json;
    same_json($r->{differences}, [], 'the ledger fits') if @{ $r->{differences} };
    $checked += $r->{checked};
    $next = $r->{next};
} while (defined $next);
is($checked, 2001, 'all were checked');
$t->status_is($t->request(DELETE => "/api/products/$ids[3]"), 204, 'deleted');

# Damaged ones among good ones
my %whole = (name => 'a', price => 1, stock => 1);
my @failing = (
    [ 'name'     => { name  => undef } ],
    [ 'name'     => { name  => 5 } ],
    [ 'name'     => { name  => 'x' x 201 } ],
    [ 'name'     => { name  => '' } ],
    [ 'price'    => { price => 'cheap' } ],
    [ 'price'    => { price => { '$numberDouble' => 'NaN' } } ],
    [ 'price'    => { price => -1 } ],
    [ 'price'    => { price => { '$numberDouble' => '1.23456' } } ],
    [ 'stock'    => { stock => { '$numberDouble' => '1.5' } } ],
    [ 'stock'    => { stock => -3 } ],
    [ 'sku'      => { sku   => 'a b' } ],
    [ 'tags/0'   => { tags  => ['x' x 65] } ],
    [ 'seq'      => { seq   => 'x' } ],
    [ 'reserved' => { reserved => 2 } ],
    [ 'outbox'   => { outbox => 'x' } ],
    [ 'seq'      => { outbox => [1] } ],
    [ 'createdAt' => { createdAt => 'today' } ],
);
$n = 0;
my @bad = map {
    my ($member, $change) = @{$_};
    my %document = (%whole, _id => oid(sprintf 'bb%022x', ++$n), %{$change});
    delete $document{name} if exists $change->{name} && !defined $change->{name};
    \%document;
} @failing;
insert(@bad, map { { %whole, _id => $_ } } 'shirt', 17, { x => 1 });
my $bad_before = $t->mongo->text(find => 'products',
    filter => { _id => { '$gte' => oid('bb' . '0' x 22) } }, batchSize => 100);
insert(
    {   %whole, _id => oid('cc' . '0' x 22), sku => undef, description => undef,
        lowStock => { '$numberDouble' => '2' }, tags => ['x']
    }
);
$sum = adopt_all(1000);
is($sum->{adopted}, 1, 'the good one is taken up');
is_deeply(
    [ map { "$_->{id} $_->{member}" } @{ $sum->{failed} } ],
    [   (map { sprintf 'bb%022x %s', $_, $failing[ $_ - 1 ][0] } 1 .. @failing),
        (map { "$_ _id" } 17, 'shirt', '(another type, or too long)')
    ],
    'what failed, and at what'
);
is(scalar(grep { !length $_->{reason} } @{ $sum->{failed} }), 0, 'and why');
is($t->mongo->text(find => 'products',
        filter => { _id => { '$gte' => oid('bb' . '0' x 22),
                '$lt' => oid('cc' . '0' x 22) } }, batchSize => 100),
    $bad_before, 'they are as they were');
my $good = $t->get('/api/products/cc' . '0' x 22)->json;
ok(!exists $good->{sku}, 'null is none');
is($good->{lowStock}, 2, 'a whole double is a number');

# Other members that are missing are set; what there is stays.
my $id = $t->create(stock => 4, name => 'robbed')->{id};
$t->request(POST => "/api/products/$id/purchase");
ok(wait_until(sub { !$t->mongo->find('products', { dirty => JSON::PP::true }) }, 30),
    'drained');
$t->mongo->update('products', { _id => oid($id) },
    { '$unset' => { map { $_ => 1 } qw(reserved version edits epoch outbox) } });
$t->problem_is($t->request(POST => "/api/products/$id/purchase"), 500,
    'damaged', 'robbed');
is(adopt_all(1000)->{adopted}, 1, 'taken up again');
my $r = $t->request(POST => "/api/products/$id/purchase");
$t->status_is($r, 200, 'and sold');
is($r->json->{movementId}, "$id-3", 'its movements go on');
same_json($t->post('/office/admin/reconcile', { productId => $id })->json->{differences},
    [], 'in order');
$t->mongo->update('products', { _id => oid($id) }, { '$unset' => { seq => 1 } });
ok(wait_until(sub { $t->mongo->find('ledger', { _id => "$id-3" }) }, 30), 'in the ledger');
my ($lost) = grep { $_->{id} eq $id } @{ adopt_all(1000)->{failed} };
is($lost->{member}, 'seq', 'a seq that is gone is not guessed');

$t->done;
