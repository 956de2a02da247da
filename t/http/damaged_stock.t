# Purchases, edits and deletes of products that lack what this module keeps in
# them, or have it in a wrong type, because something else wrote them: nothing is
# applied, the client is told that the product is damaged, the log tells which
# and where, once, and nothing goes on in the background.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Test;

my $t = Inv::Test->new(workers => 1);
$t->run(locations => <<'EOL');
        location /api/ { inventory_api; }
        location /health { inventory_health; }
        location /metrics { inventory_metrics; }
EOL
$t->nginx->allow(qr/is damaged at|lacks/);

my $long    = \&Inv::Mongo::long;
my %double  = map { $_ => { '$numberDouble' => $_ } } qw(1.5 NaN Infinity 7.0);
my %whole   = (
    price     => { '$numberDecimal' => '2' },
    stock     => $long->(10),
    outbox    => [],
    createdAt => { '$date' => $long->(1000) },
    updatedAt => { '$date' => $long->(1000) },
    ( map { $_ => $long->(0) } qw(reserved seq edits epoch) ),
    version => $long->(1),
);

# What is wrong, and the members that are as they are not to be; undef: missing.
my @state   = qw(reserved seq version epoch);
my @damages = (
    ( map { [ "no $_", $_, $_ => undef ] } @state, 'outbox' ),
    ( map { [ "$_ a text", $_, $_ => 'x' ] } @state, 'stock', 'outbox' ),
    ( map { [ "$_ a fraction", $_, $_ => $double{'1.5'} ] } @state, 'stock' ),
    ( map { [ "$_ not a number", $_, $_ => $double{NaN} ] } @state, 'stock' ),
    ( map { [ "$_ infinite", $_, $_ => $double{Infinity} ] } @state ),
    ( map { [ "$_ an array", $_, $_ => [ $long->(0) ] ] } @state ),
    [ 'a seq at its end', 'seq', seq => $long->('9223372036854775807') ],
    [ 'a negative version', 'version', version => $long->(-1) ],
    [ 'nothing of it', 'reserved', map { $_ => undef } @state, 'outbox', 'edits' ],
);
my $n = 0;
my @products = map {
    my ($name, $member, %damage) = @{$_};
    my $id = sprintf '%024x', 0xabc000 + ++$n;
    my %document = (%whole, _id => Inv::Mongo::oid($id), name => $name, %damage);
    delete @document{ grep { !defined $damage{$_} } keys %damage };
    { id => $id, name => $name, member => $member, document => \%document };
} @damages;
my @documents = map { $_->{document} } @products;
$t->mongo->command(insert => 'products',
    documents => [ splice @documents, 0, 20 ])
    while @documents;

sub stored { return $t->mongo->text(find => 'products', filter => {}, batchSize => 1000) }
my $before = stored();

# Alone, many at once (they share statements), and with a key.
for my $product (@products) {
    $t->problem_is(
        $t->request(POST => "/api/products/$product->{id}/purchase"),
        500, 'damaged', "a purchase: $product->{name}"
    );
}
my @answers = $t->all(map { [ POST => "/api/products/$_->{id}/purchase" ] }
        (@products) x 4);
is_deeply($t->tally(@answers), { 500 => 4 * @products }, 'all at once');
is(scalar(grep { $_->json->{type} ne 'urn:ngx-inventory:damaged' } @answers),
    0, 'and each is told why');
@answers = $t->all(
    map {
        [   POST => "/api/products/$_->{id}/purchase",
            headers => [ 'Idempotency-Key' => "key-$_->{id}" ]
        ]
    } (@products) x 2
);
is_deeply($t->tally(@answers), { 500 => 2 * @products }, 'with keys');
is(stored(), $before, 'nothing was changed');

# Edits and deletes.
for my $product (@products) {
    $t->problem_is(
        $t->patch("/api/products/$product->{id}", { description => 'new' }),
        500, 'damaged', "an edit: $product->{name}"
    );
    $t->problem_is($t->request(DELETE => "/api/products/$product->{id}"),
        500, 'damaged', "a delete: $product->{name}");
}
is(stored(), $before, 'nothing was changed by these, either');

# The log names each and where, once a minute; nothing goes on.
for my $product (@products) {
    my @lines = $t->nginx->log =~ /(product $product->{id} is damaged at \w+)/g;
    is(scalar @lines, 1, "the log: $product->{name}") or diag(@lines);
    is($lines[0], "product $product->{id} is damaged at $product->{member}",
        'and where') if @lines;
}

sub steps {
    my $sum = 0;
    $sum += $_
        for $t->get('/metrics')->body
        =~ /^inventory_steps_total\{[^}]*step="(?:apply|fence|look|read)"[^}]*\} (\d+)/mg;
    return $sum;
}
my $steps = steps();
cmp_ok($steps, '>', 0, 'steps are counted');
cmp_ok($steps, '<=', 20 * @products, 'and are few');
select undef, undef, undef, 1.5;
cmp_ok(steps(), '==', $steps, 'nothing goes on');

# A number of another type that says the same is no damage.
$t->mongo->update('products', { _id => $products[0]{document}{_id} },
    { '$set' => { ( map { $_ => { '$numberInt' => '0' } } @state ),
            version => $double{'7.0'}, stock => $double{'7.0'} } });
my $r = $t->request(POST => "/api/products/$products[0]{id}/purchase");
$t->status_is($r, 200, 'int32 and whole doubles are numbers');
is($r->json->{remaining}, 6, 'and are counted');
$t->status_is($t->get("/api/products/$products[0]{id}"), 200, 'and read');
$t->status_is(
    $t->patch("/api/products/$products[0]{id}", { description => 'new' }), 200,
    'and edited');

$t->done;
