# Who did it: inventory_principal in the ledger.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Test;

use Inv::Books qw(operations);

my $t = Inv::Test->new;
$t->run(
    http      => 'inventory_principal "somebody";',
    locations => <<'EOT');
        location /api/ { inventory_api; }
        location /named/ {
            inventory_api;
            inventory_principal $http_x_user;
        }
        location /fixed/ {
            inventory_api;
            inventory_principal "till 7";
        }
EOT

my $product = $t->create(stock => 10);
my $id = $product->{id};
my @steps = (
    [ '/api',   undef,   'somebody' ],
    [ '/named', 'alice', 'alice' ],
    [ '/named', undef,   '' ],
    [ '/named', "b\xc3\xb6b \"x\" \$y.z", "b\x{f6}b \"x\" \$y.z" ],
    [ '/fixed', 'mallory', 'till 7' ],
);
for my $step (@steps) {
    my ($prefix, $user) = @{$step};
    $t->status_is(
        $t->request(
            POST => "$prefix/products/$id/purchase",
            defined $user ? (headers => [ 'X-User' => $user ]) : (),
        ),
        200, 'bought'
    );
}
$t->patch("/named/products/$id", { name => 'edited' },
    headers => [ 'X-User' => 'carol' ]);

my @operations = operations($t->mongo, $id);
is($operations[0]{who}, 'somebody', 'the create');
for my $n (0 .. $#steps) {
    is($operations[ $n + 1 ]{who} // '', $steps[$n][2],
        "through $steps[$n][0]: '$steps[$n][2]'");
}
is($operations[-1]{who}, 'carol', 'the edit');

# The longest name; a longer one, or one that is no text, is refused.
sub buy_as {
    my ($user) = @_;
    return $t->request(POST => "/named/products/$id/purchase",
        headers => [ 'X-User' => $user ]);
}
$t->status_is(buy_as('x' x 255), 200, 'bought by 255 bytes');
my $stock = $t->get("/api/products/$id")->json->{stock};
$t->problem_is(buy_as('y' x 256), 400, 'bad-request', 'not by 256');
$t->problem_is(buy_as("bad \xff\xfe bytes"), 400, 'bad-request',
    'not by what is not UTF-8');
is($t->get("/api/products/$id")->json->{stock}, $stock, 'nothing was taken');
$t->books_ok($product);

$t->done;
