# An answer that leaves open whether it was done: whoever reads sees what is so,
# and what was taken for nobody comes back.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Test;

my $database = Inv::Servers->private('mongo');
my $t = Inv::Test->new(mongo => $database->uri, private => 1);
$t->run(directives => <<'EOD');
    inventory_mongo "%%MONGO%%";
    inventory_redis "%%REDIS%%";
    inventory_timeout 1s;
EOD

my $product = $t->create(stock => 10);
my $path = $t->path($product);
ok(wait_until(
        sub { ($t->get($path)->header('Cache-Status') // '') =~ /hit/ }
    ),
    'a copy is in use');

$database->pause;
my $bought = $t->request(POST => $t->path($product, 'purchase'));
$t->problem_is($bought, 504, 'timeout', 'no answer in time');
sleep 3;    # longer than the driver waits for a reply
$database->resume;

# Every read shows a state that there was, and none older than the last one;
# in the end all is back.
my (%stock_at, $last, $backwards);
my $seen = 0;
my $back = wait_until(
    sub {
        my $r = $t->get($path);
        return if $r->status != 200;
        my ($version, $stock) = @{ $r->json }{qw(version stock)};
        $seen++;
        $backwards = "version $version after $last"
            if defined $last && $version < $last;
        $last = $version;
        $stock_at{$version}{$stock} = 1;
        my $document = $t->mongo->product($product->{id});
        return $document->{stock} == 10
            && $version == $document->{version}
            && settled();
    },
    20
);
ok($back, 'all is back');
cmp_ok($seen, '>', 0, 'there were reads meanwhile');
is($backwards, undef, 'no read shows an older version');

# Taken and put back, or never taken: nothing else.
sub settled {
    my @moves = movements();
    return @moves == 3 || @moves == 1 && $t->mongo->product($product->{id})->{epoch};
}

sub movements {
    my $r = $t->get($t->path($product, 'movements'));
    return $r->status == 200 ? @{ $r->json->{items} } : ();
}

my @movements = reverse movements();
my $told = join ' ', map {"$_->{type}:$_->{delta}:$_->{stockAfter}"} @movements;
like($told, qr/^set:10:10(?: purchase:-1:9 undo:1:10)?$/,
    "the movements: $told");
my %true = map { $_->{seq} => $_->{stockAfter} } @movements;
for my $version (sort keys %stock_at) {
    is(join(' ', keys %{ $stock_at{$version} }), $true{$version},
        "version $version: the reads show its stock");
}
$t->books_ok($product);

# From then on reads show this, copies too.
for my $n (1 .. 20) {
    is($t->get($path)->json->{stock}, 10, "read $n shows what is so");
}

# What else there is, goes on as before.
my $other = $t->create(stock => 1);
ok(wait_until(
        sub {
            ($t->get($t->path($other))->header('Cache-Status') // '') =~ /hit/;
        }
    ),
    'copies of others are used');

$t->done;
