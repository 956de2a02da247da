# Prices are exact: what comes back is what was sent, without exponent and zeros.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Test;

my $t = Inv::Test->new->run;

sub create_at {
    my ($price) = @_;
    return $t->request(POST => '/api/products',
        body => qq({"name":"priced","price":$price}));
}

my @exact = (
    [ '0',              '0' ],
    [ '-0',             '0' ],
    [ '0.00',           '0' ],
    [ '0.0001',         '0.0001' ],
    [ '0.1',            '0.1' ],
    [ '0.30',           '0.3' ],
    [ '1',              '1' ],
    [ '1.0000000000',   '1' ],
    [ '19.99',          '19.99' ],
    [ '1e2',            '100' ],
    [ '1.5E-3',         '0.0015' ],
    [ '12345e-4',       '1.2345' ],
    [ '0.1e1',          '1' ],
    [ '9999999999.9999', '9999999999.9999' ],
    [ '1234567890.1234', '1234567890.1234' ],
    [ '99999999999999',  '99999999999999' ],
    [ '4503599627370.1', '4503599627370.1' ],
    [ '100000000000000', '100000000000000' ],
);
for my $case (@exact) {
    my ($sent, $shown) = @{$case};
    my $r = create_at($sent);
    $t->status_is($r, 201, "price $sent");
    is($r->number('price'), $shown, "is $shown");
    my $id = ($r->json // {})->{id} // next;
    is($t->get("/api/products/$id")->number('price'), $shown, 'read');
    is($t->get("/api/products/$id")->number('price'), $shown, 'read again');
    my $stored = $t->mongo->product($id)->{price};
    cmp_ok($stored, '==', $shown, 'stored');
}
my $r = $t->get('/api/products?limit=1');
is($r->number('price'), '100000000000000', 'in the list');

for my $wrong ('-1', '-0.0001', '0.00001', '1.23456', '123456789012345',
    '9999999999.99999', '1e-5', '1e300', '1e-300', '"1"', 'null', 'true', '[]')
{
    $t->pointers_are(create_at($wrong), ['/price'], "price $wrong");
}

# Decimal128 in the database, not a double.
my $product = create_at('0.1')->json;
like(
    $t->mongo->text(
        find   => 'products',
        filter => { _id => Inv::Mongo::oid($product->{id}) }
    ),
    qr/"price"\s*:\s*\{\s*"\$numberDecimal"\s*:\s*"0\.1/,
    'a Decimal128'
);

# The same value is no change, however it is written.
my $path = $t->path($product);
$r = $t->request(PATCH => $path, body => '{"price":0.10}');
is($r->json->{version}, 1, '0.10 is 0.1');
$r = $t->request(PATCH => $path, body => '{"price":0.2}');
is($r->number('price'), '0.2', '0.2 is not');

$t->done;
