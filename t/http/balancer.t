# The balancer of docker-compose.yml before two nodes of which one hangs: what it
# sends to the other one, and what it may not.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Nginx;
use Inv::Test;

my $t = Inv::Test->new;
$t->run;
$t->run_beside('second');

# docker/balancer.conf, which waits for two seconds in place of ten, and asks who
# has failed again at once.
sub balancer_text {
    open my $in, '<', "$FindBin::Bin/../../docker/balancer.conf" or die "$!\n";
    my $text = do { local $/ = undef; <$in> };
    my $dir = $t->dir . '/balancer';
    for (
        [ qr/\bapp:8080/ => '127.0.0.1:' . $t->port ],
        [ qr/\bapp-2:8080/ => '127.0.0.1:' . $t->port('second') ],
        [ qr/listen 8000;/ => 'listen 127.0.0.1:' . $t->port('balancer') . ';' ],
        [ qr/^\s*listen \[::\]:8000;\n/m => '' ],
        [ qr/proxy_read_timeout\s+10s/ => 'proxy_read_timeout 2s' ],
        [ qr/max_fails=2 fail_timeout=2s/ => 'max_fails=0' ],
        [ qr{/tmp/} => "$dir/" ],
    ) {
        my ($from, $to) = @{$_};
        $text =~ s/$from/$to/g or die "balancer.conf has no $from\n";
    }
    return $text;
}

my $balancer = $t->nginx('balancer');
$balancer->allow(qr/\[error\]/);
$balancer->write_config(balancer_text())->start;

my $product = $t->create(stock => 100);
my $path = $t->path($product);

# Two requests, of which one meets the node that hangs; then it goes on.
# Their statuses.
sub two {
    my ($method, $place, @words) = @_;
    kill STOP => $t->nginx->workers;
    my @status = sort map {
        $t->request($method => $place, port => $t->port('balancer'), @words)
            ->status
    } 1 .. 2;
    kill CONT => $t->nginx->workers;
    return "@status";
}

is(two(GET => $path), '200 200', 'a GET goes to the other node');
is(two(POST => "$path/purchase", headers => [ 'Idempotency-Key' => 'one' ]),
    '200 200', 'a POST with a key, too');
is(two(POST => "$path/purchase"), '200 504', 'one without does not');
is(two(PUT => $path, json => { name => 'New', price => 1 }), '200 504',
    'nor a PUT, which might undo what came in between');
is(two(PATCH => $path, json => { name => 'Newer' }), '200 504', 'nor a PATCH');
# What was told 504 may have been bought, or was undone since its client left.
my $stock = $t->get($path)->json->{stock};
ok($stock == 97 || $stock == 98, 'nothing was bought twice') or diag($stock);
is(two(DELETE => $path), '204 504', 'nor a DELETE');

$t->done;
