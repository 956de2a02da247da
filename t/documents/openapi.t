# web/openapi.json says what the server does: its paths, their methods, and the
# kinds of problems, each way.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::OpenAPI;
use Inv::Test;

my $document = Inv::OpenAPI::document();
my $written = Inv::OpenAPI::operations($document);

# The tables.
my %routes = (
    %{ Inv::OpenAPI::routes('inv_routes_api', '') },
    %{ Inv::OpenAPI::routes('inv_routes_health', '/health') }
);
cmp_ok(scalar keys %routes, '>=', 13, 'the route tables were understood');
same_json($written, \%routes, 'each path and method, and no other');

# The server itself.
my %sample = (
    id  => '674a5f0c2f6e4b7d9c1e8a35',
    sku => 'TSHIRT-RED-M',
);
my $t = Inv::Test->new;
$t->run(locations => <<'EOT');
        location /api/ { inventory_api; inventory_admin on; }
        location /health { inventory_health; }
EOT
for my $path (sort keys %{$written}) {
    my $place = $document->{paths}{$path}{servers} ? $path : "/api$path";
    $place =~ s/\{(\w+)\}/$sample{$1}/g;
    my $allow = $t->request(OPTIONS => $place)->header('Allow') // 'none';
    my @methods = (@{ $written->{$path} }, 'OPTIONS');
    push @methods, 'HEAD' if grep { $_ eq 'GET' } @methods;
    is(join(' ', sort split /,\s*/, $allow),
        join(' ', sort @methods), "Allow of $path");
}

# The problems.
my $type = $document->{components}{schemas}{Problem}{properties}{type}{enum};
same_json(
    [sort @{$type}],
    [map {"urn:ngx-inventory:$_"} @{ Inv::OpenAPI::slugs() }],
    'each kind of problem, and no other'
);

$t->done;
