# POST of a product: what is taken, kept, refused, and its first movement.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Test;

use Inv::Books qw(operations);

my $t = Inv::Test->new->run;

# Everything that a client may say.
my %full = (
    sku         => 'TSHIRT-RED-M',
    name        => "T-shirt \x{1F455}",
    description => "Soft,\n\"red\".",
    price       => 19.99,
    category    => 'shirts',
    tags        => [ 'red', "caf\x{e9}" ],
    stock       => 10,
    lowStock    => 3,
);
my $r = $t->post('/api/products', \%full);
$t->status_is($r, 201, 'created');
is($r->header('Content-Type'), 'application/json', 'JSON');
is($r->header('ETag'), '"1"', 'the first version');
my $product = $r->json;
like($product->{id}, qr/^[0-9a-f]{24}$/, 'an id');
like($r->header('Location'), qr{/api/products/$product->{id}$}, 'Location');
like($product->{createdAt}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
    'a time');
is($product->{updatedAt}, $product->{createdAt}, 'not changed yet');
same_json(
    $product,
    {   %full,
        id        => $product->{id},
        reserved  => 0,
        version   => 1,
        createdAt => $product->{createdAt},
        updatedAt => $product->{createdAt},
    },
    'the product, whole'
);
same_json($t->get($t->path($product))->json, $product, 'and so it is read');

# Little said.
$r = $t->post('/api/products', { name => 'x', price => 0 });
is(join(' ', sort keys %{ $r->json }),
    'createdAt id name price reserved stock updatedAt version',
    'what is absent is left out');
is($r->json->{stock}, 0, 'no stock unless said');
$r = $t->post('/api/products', { name => 'x', price => 1, description => '' });
is($r->json->{description}, '', 'an empty description is kept');

# All faults at once.
$t->pointers_are($t->post('/api/products', {}), [ '/name', '/price' ],
    'name and price are required');
$t->pointers_are(
    $t->post(
        '/api/products',
        {   name        => '',
            price       => '1',
            sku         => 'a b',
            description => 5,
            category    => '',
            tags        => [ 'ok', '', 7 ],
            stock       => -1,
            lowStock    => 1.5,
            colour      => 'red',
            'a/b~c'     => 1,
        }
    ),
    [   qw(/name /price /sku /description /category /tags/1 /tags/2 /stock
            /lowStock /colour /a~1b~0c)
    ],
    'every fault has its pointer'
);
for my $member (qw(id reserved version createdAt updatedAt)) {
    $t->pointers_are(
        $t->post('/api/products', { name => 'x', price => 1, $member => 1 }),
        ["/$member"], "$member is read-only");
}
for my $body ([], 'text', 1, undef) {
    $t->pointers_are($t->post('/api/products', $body), [''],
        'a product is an object');
}

# Bounds, each from both sides; lengths are code points.
my $bear = "\x{1F43B}";
my @bounds = (
    [ name        => $bear x 200,      $bear x 201 ],
    [ description => 'x' x 5000,       'x' x 5001 ],
    [ sku         => 'Aa0._-' . 'x' x 58, 'x' x 65 ],
    [ sku         => 'x',              '' ],
    [ sku         => 'y',              "\x{e9}" ],
    [ category    => $bear x 64,       $bear x 65 ],
    [ tags        => [ map {"t$_"} 1 .. 20 ], [ map {"t$_"} 1 .. 21 ] ],
    [ stock       => 9007199254740991, 9007199254740992 ],
    [ stock       => 0,                -1 ],
    [ lowStock    => 9007199254740991, 9007199254740992 ],
    [ lowStock    => 0,                -1 ],
);
for my $bound (@bounds) {
    my ($member, $good, $bad) = @{$bound};
    my $body = { name => 'x', price => 1 };
    my $taken = $t->post('/api/products', { %{$body}, $member => $good });
    $t->status_is($taken, 201, "$member at its bound");
    same_json($taken->json->{$member}, $good, "$member is kept");
    $t->pointers_are(
        $t->post('/api/products', { %{$body}, $member => $bad }),
        ["/$member"], "$member past its bound");
}
$t->status_is(
    $t->post('/api/products', { name => 'x', price => 1, tags => [ 'a' x 64 ] }),
    201, 'a tag of 64');
$t->pointers_are(
    $t->post('/api/products', { name => 'x', price => 1, tags => [ 'a' x 65 ] }),
    ['/tags/0'], 'a tag of 65');

# A sku is taken once, however many ask for it together.
$t->problem_is($t->post('/api/products', { %full }), 409, 'sku-taken');
my @answers = $t->all(
    map {
        [   POST => '/api/products',
            json => { name => "racer $_", price => 1, sku => 'RACE' }
        ]
    } 1 .. 20
);
is_deeply($t->tally(@answers), { 201 => 1, 409 => 19 }, 'one sku, one product');

# The first stock is the first movement.
$product = $t->create(stock => 7);
my @operations = operations($t->mongo, $product->{id});
is(scalar @operations, 1, 'one movement');
is("$operations[0]{t} $operations[0]{d}", 'set 7', 'it sets the stock');
$t->books_ok($product);
$t->books_ok($t->create, 'also of a product without stock');

$t->done;
