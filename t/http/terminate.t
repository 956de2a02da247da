# TERM: what the database answers within a second is answered.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Test;

my $database = Inv::Servers->private('mongo');
my $t = Inv::Test->new(mongo => $database->uri, private => 1)->run;

# Bytes that nginx has not read yet, over all its connections.
sub unread {
    my $port = sprintf ':%04X', $t->port;
    my $sum = 0;
    open my $in, '<', '/proc/net/tcp' or die "/proc/net/tcp: $!\n";
    while (my $line = <$in>) {
        my (undef, $local, undef, $state, $queues) = split ' ', $line;
        next if $local !~ /$port$/ || $state ne '01';
        $sum += hex +(split /:/, $queues)[1];
    }
    return $sum;
}

my $product = $t->create(stock => 1000);
my $buy = $t->path($product, 'purchase');
$t->status_is($t->request(POST => $buy), 200, 'it works');

$database->pause;
my @connections = map { Inv::HTTP::Connection->new($t->port) } 1 .. 4;
$_->write(request_text(POST => $buy)) for @connections;
ok(wait_until(sub { !unread() }), 'the requests are read');
$t->nginx->signal('TERM');
$database->resume;
my @answers = map { $_->response(method => 'POST') } @connections;
is(scalar(grep { $_ && $_->status == 200 } @answers), 4,
    'each has its answer');
is($t->nginx->wait_end(20), 0, 'nginx has ended');
is($t->mongo->product($product->{id})->{stock}, 995, 'exactly these are sold');
$t->books_ok($product);

# And with nothing under way, TERM is quick and clean.
$t->run;
$t->status_is($t->request(POST => $buy), 200, 'started again');
$t->nginx->signal('TERM');
is($t->nginx->wait_end(20), 0, 'ends on TERM');
$t->books_ok($product);

$t->done;
