# The gateway of conf/nginx.example.conf: TLS, HTTP/2, headers, CORS, mutual TLS,
# limits, traces and logs.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Gateway;
use Inv::Test;

my $t = Inv::Test->new;
my $gateway = Inv::Gateway->new($t)->start;

sub world   { my (@words) = @_; return $gateway->request(@words) }
sub service { my (@words) = @_; return $gateway->request(@words, server => 'services') }

my $customer = [ Authorization => 'Bearer alice' ];
my $created = service(POST => '/api/products', as => 'till',
    json => { name => 'T-shirt', price => 19.99, stock => 1000 });
$t->status_is($created, 201, 'a service creates a product');
my $product = $created->json;
my $path = "/api/products/$product->{id}";

# TLS and HTTP/2
for my $version (qw(1.2 1.3)) {
    my $r = world(GET => $path,
        curl => [ '--http2', "--tlsv$version", '--tls-max', $version ]);
    $t->status_is($r, 200, "TLS $version");
    is($r->{protocol}, '2', "TLS $version: HTTP/2");
}
is(world(GET => $path, curl => ['--http1.1'])->{protocol}, '1.1', 'HTTP/1.1');

$t->done;
