# A first start on a large collection that somebody else has filled, in which two
# products have one sku: every index but that one is made, one line names it, and
# the service sells all the time.
#
# Environment: DUPLICATE_PRODUCTS (20000) how many; DUPLICATE_SECONDS (600) how
# long the indexes may take.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use Test::More;
use Time::HiRes qw(time);

use Inv::Test;

use constant {
    TOGETHER => 1000,    # products in one insert
    INDEXES  => 15,      # of products, with that of _id and without sku_1
};

my $count    = $ENV{DUPLICATE_PRODUCTS} // 20_000;
my $patience = $ENV{DUPLICATE_SECONDS}  // 600;

my $t = Inv::Test->new;

sub long { my ($n) = @_; return { '$numberLong' => "$n" } }

sub product {
    my ($n) = @_;
    my $at = { '$date' => long(1_700_000_000_000 + $n) };
    return {
        _id       => { '$oid' => sprintf '%024x', $n },
        name      => "Product $n",
        price     => { '$numberDecimal' => sprintf '%d.99', $n % 500 },
        category  => 'c' . $n % 50,
        tags      => [ 't' . $n % 30 ],
        words     => [ 'product', "$n" ],
        # the last one has the first one's
        sku       => 'S-' . ($n == $count ? 1 : $n),
        stock     => long(10),
        reserved  => long(0),
        version   => long(1),
        seq       => long(1),
        edits     => long(0),
        epoch     => long(0),
        createdAt => $at,
        updatedAt => $at,
        outbox    => [],
    };
}

for (my $n = 1; $n <= $count; $n += TOGETHER) {
    my $last = $n + TOGETHER - 1;
    $last = $count if $last > $count;
    $t->mongo->command(insert => 'products',
        documents => [ map { product($_) } $n .. $last ]);
}

sub names {
    my $reply = $t->mongo->try(listIndexes => 'products');
    my @names = map { $_->{name} } @{ $reply->{cursor}{firstBatch} // [] };
    return @names;
}

sub lines {
    my ($pattern) = @_;
    return scalar(() = $t->nginx->log =~ /$pattern/g);
}

# Asked for one by one, as nothing else tells how long a purchase waits.
my $began = time;
my $slowest = 0;
my %status;
$t->run;
ok(
    wait_until(
        sub {
            my $asked = time;
            my $id = sprintf '%024x', 1 + int rand $count;
            $status{ $t->post("/api/products/$id/purchase",
                { quantity => 1 })->status }++;
            $slowest = time - $asked if time - $asked > $slowest;
            return lines(qr/an index could not be made/) > 0;
        },
        $patience
    ),
    'the log tells of the index'
);
my $took = time - $began;
diag(sprintf '%d products: %.1f s, the slowest purchase %.3f s, %s', $count,
    $took, $slowest,
    join ', ', map {"$status{$_} of status $_"} sort keys %status);

like($t->nginx->log, qr/could not be made.*"sku_1" of products/, 'names it');
unlike($t->nginx->log, qr/could not be made.*"(?!sku_1")\w+" of products/,
    'and no other');
ok(wait_until(sub { names() == INDEXES }, $patience), 'the others are made')
    or diag(join ' ', names());
is(scalar(grep { $_ eq 'sku_1' } names()), 0, 'that of sku is not');
is($status{500} // 0, 0, 'nothing was refused as an error meanwhile');
cmp_ok($status{200} // 0, '>', 0, 'it sells meanwhile');
is(lines(qr/an index could not be made/), 1, 'said once, by two workers');
cmp_ok(lines(qr/an index is being built/), '<=', 1, 'and at most once before');
$_->allow(qr/an index (?:could not be made|is being built)/) for $t->nginx;

# Mended, and made at the next start.
is(
    $t->mongo->update('products',
        { _id    => { '$oid' => sprintf '%024x', $count } },
        { '$set' => { sku => "S-$count" } }),
    1, 'the sku is mended'
);
$t->restart;
ok(wait_until(sub { grep { $_ eq 'sku_1' } names() }, $patience),
    'the next start makes it');

$t->done;
