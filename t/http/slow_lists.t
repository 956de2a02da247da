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
sub begin_lists {
    return map {
        my $connection = Inv::HTTP::Connection->new($t->port);
        $connection->write(request_text(GET => "/api/products?sort=name&limit=$_", keepalive => 1));
        $connection
    } 1 .. $LISTS;
}

is_deeply(sells(0.3), {}, 'before: sold and read');
for my $round (1, 2) {
    $proxy->faults('delay 1000000 ms=2000-2000 command=find collection=products');
    my @lists = begin_lists();
    is_deeply(sells(1), {}, "slow lists, $round: sold and read meanwhile");
    my @answers = map { $_->response(timeout => 20) } @lists;
    is_deeply($t->tally(@answers), { 503 => $LISTS }, "slow lists, $round: all fail");
    $t->problem_is($answers[0], 503, 'unavailable', "slow lists, $round: as a problem");
    is_deeply(sells(1), {}, "slow lists, $round: sold and read afterwards");
    is($t->get('/health/ready')->status, 200, "slow lists, $round: ready");
    $proxy->faults;
}
ok(wait_until(sub { $t->get('/api/products?sort=name')->status == 200 }, 10),
    'lists are back when they are fast');
cmp_ok($sold, '>', 20, "$sold were sold");
$t->books_ok($product);

$t->done;
