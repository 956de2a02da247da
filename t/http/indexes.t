# Indexes are made at the start, by whoever is first; others find them made.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Building;
use Inv::Test;

my $t = Inv::Test->new;

# {collection: {name: index}}
sub indexes {
    my %found;
    for my $collection (qw(products ledger claims)) {
        my $reply = $t->mongo->try(listIndexes => $collection);
        next if !$reply->{ok};
        $found{$collection}
            = { map { $_->{name} => $_ } @{ $reply->{cursor}{firstBatch} } };
    }
    return \%found;
}

sub keys_of {
    my ($collection) = @_;
    my $found = indexes()->{$collection} // {};
    return map { join ' ', grep { $_ ne '_id' } sort keys %{ $_->{key} } }
        values %{$found};
}

# Two nginx start together.
$t->run;
$t->run_beside('second');
my %wanted = (
    products => [
        qw(dirty purgeAt sku createdAt name price stock lowStock),
        'category createdAt',
        'category name',
        'category price',
        'createdAt tags',
        'name tags',
        'price tags',
        'createdAt words',
    ],
    ledger   => [ 'b', 'at productId to', 'ops.k', 'ops.ref', 'productId to' ],
    claims   => ['purgeAt'],
);
for my $collection (sort keys %wanted) {
    for my $key (@{ $wanted{$collection} }) {
        ok(
            wait_until(sub { grep { $_ eq $key } keys_of($collection) }, 30),
            "$collection: $key"
        );
    }
}
my $found = indexes();
ok($found->{products}{sku_1}{unique}, 'sku is unique');
ok($found->{products}{sku_1}{partialFilterExpression}, 'where it is there');
ok(defined $found->{products}{purgeAt_1}{expireAfterSeconds}, 'purgeAt expires');
ok($found->{products}{dirty_1__id_1}{partialFilterExpression}, 'dirty is partial');
unlike($t->nginx($_)->log, qr/\[(?:error|warn)\]/, "$_: no complaint")
    for ('main', 'second');

# A second start finds them and changes nothing.
my $before = Inv::Test::canonical_text(indexes());
$t->restart;
$t->status_is($t->get('/api/products'), 200, 'started again');
ok(wait_until(sub { $t->get('/health/ready')->status == 200 }), 'ready');
is(Inv::Test::canonical_text(indexes()), $before, 'the same indexes');
unlike($t->nginx->log, qr/\[(?:error|warn)\]/, 'no complaint');

# One that cannot be made: one clear line for each start, and the service runs.
$t->nginx('second')->finish;
my $dropped = $t->mongo->try(dropIndexes => 'products', index => 'sku_1');
ok($dropped->{ok}, 'the index on sku is dropped');
my @twins = map { $t->create(name => "twin $_", sku => "T$_") } 1, 2;
is($t->mongo->update('products', { _id => Inv::Mongo::oid($twins[1]{id}) },
        { '$set' => { sku => 'T1' } }), 1, 'two have the same sku');
my $lines = sub { return scalar(() = $t->nginx->log =~ /\[error\].*index/g) };
is($lines->(), 0, 'nothing is told yet');
$t->restart;
ok(wait_until(sub { $lines->() > 0 }), 'the log tells of the index');
$t->status_is($t->get('/api/products'), 200, 'the service runs');
$t->status_is($t->request(POST => $t->path($t->create(stock => 1), 'purchase')),
    200, 'and sells');
$t->nginx->signal('QUIT');
is($t->nginx->wait_end, 0, 'ends');
is($lines->(), 1, 'in one line, from two workers');
like($t->nginx->log, qr/sku/, 'that names it');

# One that is being built: one line, and it is looked at again later.
my $relay = Inv::Building->new($t->mongo_uri);
my $building = $t->run_beside('building', directives => <<"EOT");
    inventory_mongo "@{[ $relay->uri ]}";
    inventory_redis "%%REDIS%%";
    inventory_timeout 10s;
EOT
my $told = sub { return scalar(() = $building->log =~ /\[error\].*being built/g) };
ok(wait_until(sub { $told->() > 0 }), 'the log tells of the build');
like($building->log, qr/being built.*: index "sku_1" of products$/m, 'names it');
$t->status_is($t->get('/api/products', port => $building->{port}), 200,
    'the service runs');
$building->allow(qr/an index is being built/);
$building->signal('QUIT');
is($building->wait_end, 0, 'ends, though it would look again');
is($told->(), 1, 'in one line, from two workers');

$t->done;
