# MongoDB and Redis that are reached over IPv6 only, by address and by name, as
# in the private networks of some platforms.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Socket qw(getaddrinfo AF_INET6 SOCK_STREAM);
use Test::More;

use Inv::RedisServer;
use Inv::Relay;
use Inv::Test;

my $t = Inv::Test->new;
my ($host, $port) = $t->mongo_uri =~ m{^mongodb://(?:[^/@]*@)?([^/:,]+):(\d+)/}
    or plan skip_all => 'MongoDB is not one host and a port';
my $relay = Inv::Relay->new($host, $port)
    or plan skip_all => 'no IPv6 on this machine';
my $redis = Inv::RedisServer->new(
    dir  => $t->dir,
    name => 'redis',
    more => [ '--bind', '127.0.0.1', '::1' ],
);

# Whether a name leads to IPv6 and nothing else.
sub is_only_ipv6 {
    my ($name) = @_;
    my ($error, @found) = getaddrinfo($name, '6379',
        { socktype => SOCK_STREAM });
    return !$error && @found && !grep { $_->{family} != AF_INET6 } @found;
}

sub works {
    my ($what, $there) = @_;
    my $mongo = $t->mongo_uri =~ s/\Q$host:$port\E/"$there:" . $relay->port/er;
    $t->run(directives => qq{
        inventory_mongo "$mongo";
        inventory_redis redis://$there:} . $redis->port . ';');
    my $ready;
    ok(
        wait_until(
            sub {
                $ready = $t->get('/health/ready')->json;
                return ($ready->{redis} // '') eq 'up';
            }
        ),
        "$what: Redis is reached"
    );
    is($ready->{mongo}, 'up', "$what: MongoDB is reached");

    my $product = $t->create(stock => 3);
    $t->status_is($t->request(POST => $t->path($product, 'purchase')), 200,
        "$what: bought");
    $t->status_is($t->get($t->path($product)), 200, "$what: read");
    ok(wait_until(sub { $redis->keys_with($product->{id}) }),
        "$what: its copy is in Redis");
    $t->books_ok($product);
    return;
}

works('by address', '[::1]');

SKIP: {
    my ($name)
        = grep { is_only_ipv6($_) } qw(ip6-localhost ip6-loopback localhost6);
    skip 'no name here has an IPv6 address only', 7 if !$name;
    my @wrong = $t->nginx->finish;
    is("@wrong", '', 'nginx ended without a complaint');
    works("by the name $name", $name);
}

$t->done;
