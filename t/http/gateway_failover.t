# Two machines with conf/nginx.example.conf under load: one is killed and comes
# back, both are reloaded, then an edge is shut down.  No GET and no POST with a
# key fails, no POST without one is done twice, and the books balance.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Books qw(operations);
use Inv::Gateway;
use Inv::GatewayLoad;
use Inv::Test;

my $t = Inv::Test->new;
my $gateway = Inv::Gateway->new($t)->start;

my $first_stock = 100_000;
my @products = map { $gateway->create(stock => $first_stock) } 1 .. 5;
my $tags = 0;

# Reads, purchases with a key and, where wanted, some without.
sub requests {
    my ($count, $unkeyed) = @_;
    return map { _request($_, $unkeyed) } 1 .. $count;
}

sub _request {
    my ($n, $unkeyed) = @_;
    my $tag  = ++$tags;
    my $path = '/api/products/' . $products[ $n % @products ]{id};
    return {
        tag     => "read-$tag",
        method  => 'GET',
        path    => $path,
        headers => [],
    } if $n % 8 < 4;
    my $kind = $unkeyed && $n % 8 == 4 ? 'once' : 'keyed';
    return {
        tag     => "$kind-$tag",
        method  => 'POST',
        path    => "$path/purchase",
        body    => qq({"quantity":1,"reference":"$kind-$tag"}),
        headers => [
            Authorization => 'Bearer alice',
            $kind eq 'keyed' ? ('Idempotency-Key' => "key-$tag") : (),
        ],
    };
}

sub failed {
    my ($answers, $kind) = @_;
    return grep {/^$kind-/ && $answers->{$_}{status} != 200} sort keys %{$answers};
}

sub none_failed {
    my ($answers, $kind, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my @failed = failed($answers, $kind);
    is(scalar @failed, 0, $name);
    diag(map {"$_: status $answers->{$_}{status}, curl $answers->{$_}{exit}\n"}
            @failed[ 0 .. ($#failed > 9 ? 9 : $#failed) ]) if @failed;
    return;
}

# Each purchase is in the ledger as often as it was told, and none twice.
my %told;
sub accounts {
    my ($name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my (%sold, $wrong);
    for my $product (@products) {
        $t->books_ok($product, "$name: the books balance");
        $sold{ $_->{ref} } -= $_->{d}
            for grep { defined $_->{ref} } operations($t->mongo, $product->{id});
    }
    $wrong .= "$_ was sold $sold{$_} times\n"
        for grep { $sold{$_} > 1 || $sold{$_} < 0 } sort keys %sold;
    $wrong .= "$_ was told, and is not in the books\n"
        for grep { $told{$_} && !$sold{$_} } sort keys %told;
    is($wrong // '', '', "$name: each is sold once, as was told");
    my $sum = 0;
    $sum += $first_stock - $t->mongo->product($_->{id})->{stock} for @products;
    my $ledger = 0;
    $ledger += $_ for values %sold;
    is($sum, $ledger, "$name: the stock is what the ledger says");
    return;
}

sub remember {
    my ($answers) = @_;
    $told{$_} = 1
        for grep { !/^read/ && $answers->{$_}{status} == 200 } keys %{$answers};
    return;
}

# The loss of a machine: at once, or after it has hung.
sub lose {
    my ($seconds) = @_;
    $gateway->kill('two', $seconds);
    return;
}

# Its return, which an edge that is reloaded notices at once.
sub return_and_reload {
    $gateway->start_one('two');
    $gateway->nginx('one')->signal('HUP');
    return;
}

my $answers = Inv::GatewayLoad->new(
    gateway  => $gateway,
    name     => 'one',
    clients  => 12,
    requests => [ requests(2400, 1) ],
)->run(
    [ 0.05 => sub { lose(0) } ],
    [ 0.15 => sub { return_and_reload() } ],
    [ 0.35 => sub { lose(0.3) } ],
    [ 0.45 => sub { return_and_reload() } ],
    [ 0.60 => sub { $gateway->nginx('two')->signal('HUP') } ],
    [ 0.75 => sub { lose(0.3) } ],
    [ 0.85 => sub { return_and_reload() } ],
);
is(scalar keys %{$answers}, 2400, 'a load over deaths and reloads');
none_failed($answers, 'read',  'no GET failed');
none_failed($answers, 'keyed', 'no POST with a key failed');
my @unkeyed = failed($answers, 'once');
note(scalar @unkeyed, ' of 300 POSTs without a key failed');
cmp_ok(scalar @unkeyed, '<', 60, 'of the others, most went well');
like($gateway->nginx('one')->log, qr/prematurely closed|Connection reset/,
    'some had been sent when the machine was lost');
remember($answers);
accounts('afterwards');

$t->done;
