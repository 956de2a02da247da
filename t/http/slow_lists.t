# Lists that take too long fail by themselves: they say nothing about the server,
# which sells on.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(sleep time);

use Inv::Test;
use Inv::Watched;

# One worker: all of it meets what the lists have left behind.
my $t     = Inv::Test->new(workers => 1);
my $proxy = watch($t);

my $LISTS = 20;

$t->run(directives => <<'EOD');
    inventory_mongo "%%MONGO%%";
    inventory_redis off;
    inventory_cache local=60s redis=off;
    inventory_zone 8m;
    inventory_timeout 300ms;
EOD
my $product = $t->create(name => 'Sold on', stock => 1000);
my $path    = $t->path($product);
my $sold    = 0;

# Sells and reads for a while; all that was not answered as it has to be.
sub sells {
    my ($seconds) = @_;
    my ($ends, %wrong) = (time + $seconds);
    while (time < $ends) {
        # Purchases are no finds: only the lists are slow.
        my $bought = $t->request(POST => "$path/purchase");
        $bought->status == 200 ? $sold++ : $wrong{ 'purchase ' . $bought->status }++;
        my $read = $t->get($path);
        if ($read->status != 200) { $wrong{ 'GET ' . $read->status }++ }
        elsif ($read->json->{stock} != 1000 - $sold) { $wrong{older}++ }
        sleep 0.02;
    }
    return \%wrong;
}

# Each of its own, so that none waits for another's.
my @list = map {"/api/products?sort=name&limit=$_"} 1 .. $LISTS;

sub begin {
    my ($path) = @_;
    my $connection = Inv::HTTP::Connection->new($t->port);
    $connection->write(request_text(GET => $path, keepalive => 1));
    return $connection;
}

is_deeply(sells(0.3), {}, 'before: sold and read');
my %lists = (
    # They fail in a row, with nothing that goes well between them.
    'one after another' => sub { return map { $t->get($_) } @list },
    'at once, among sales' => sub {
        my @lists = map { begin($_) } @list;
        is_deeply(sells(1), {}, 'sold and read meanwhile');
        return map { $_->response(timeout => 20) } @lists;
    },
);
for my $name (sort keys %lists) {
    $proxy->faults('delay 1000000 ms=2000-2000 command=find collection=products');
    my @answers = $lists{$name}->();
    is_deeply(sells(1), {}, "$name: sold and read right after");
    is_deeply($t->tally(@answers), { 503 => $LISTS }, "$name: all failed");
    $t->problem_is($answers[0], 503, 'unavailable', "$name: as a problem");
    is_deeply(sells(2), {}, "$name: sold and read when the database is done with them");
    is($t->get('/health/ready')->status, 200, "$name: ready");
    $proxy->faults;
}
ok(wait_until(sub { $t->get('/api/products?sort=name')->status == 200 }, 10),
    'lists are back when they are fast');
cmp_ok($sold, '>', 20, "$sold were sold");
$t->books_ok($product);

$t->done;
