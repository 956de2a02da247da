# In a private network where names lead to IPv6 addresses only, and the world
# comes in by PORT: as on Railway.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Image;
use Inv::RedisServer;
use Inv::Relay;
use Inv::Test;

my $image = Inv::Image->new($ENV{INV_IMAGE} // die "INV_IMAGE is not set\n");
my $t     = Inv::Test->new;
my ($host, $port) = $t->mongo_uri =~ m{^mongodb://(?:[^/@]*@)?([^/:,]+):(\d+)/}
    or plan skip_all => 'MongoDB is not one host and a port';
my $relay = Inv::Relay->new($host, $port)
    or plan skip_all => 'no IPv6 on this machine';
my $redis = Inv::RedisServer->new(
    dir   => $t->dir,
    name  => 'redis',
    more  => [ '--bind', '127.0.0.1', '::1', '--requirepass', 'secret' ],
    login => [ 'default', 'secret' ],
);

my $hosts = $t->write_file('hosts',
    "::1 mongodb.railway.internal redis.railway.internal\n");
my $c = $image->start(
    log   => $t->dir . '/log',
    volumes => ["$hosts:/etc/hosts"],
    env   => {
        PORT      => $t->port,
        MONGO_URL => $t->mongo_uri
            =~ s/\Q$host:$port\E/'mongodb.railway.internal:' . $relay->port/er,
        REDIS_URL => 'redis://default:secret@redis.railway.internal:'
            . $redis->port,
    }
);
ok(defined $c->wait_ready('/health/ready'), 'ready') or diag($c->log);
my $ready;
ok(
    wait_until(
        sub {
            $ready = $t->get('/health/ready')->json;
            return ($ready->{redis} // '') eq 'up';
        }
    ),
    'Redis is reached'
) or diag($c->log);
is($ready->{mongo}, 'up', 'MongoDB is reached');
my $product = $t->create(stock => 3);
$t->status_is($t->request(POST => $t->path($product, 'purchase')), 200,
    'bought');
$t->status_is($t->get($t->path($product)), 200, 'read');
ok(wait_until(sub { $redis->keys_with($product->{id}) }),
    'its copy is in Redis');
$t->books_ok($product);
is($c->stop, 0, 'it ends');

$t->done;
