# What contrib/ has for Prometheus and Grafana, held against promtool and against
# a real scrape: the format, the rules, their tests, each metric that is named.

use strict;
use warnings;

use Cwd qw(abs_path);
use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use Test::More;

use Inv::Metrics;
use Inv::Test;

my $root = abs_path("$FindBin::Bin/../..");
chomp(my $promtool = `$root/tools/promtool`);
-x $promtool or die "there is no promtool\n";

sub slurp {
    my ($file) = @_;
    open my $in, '<', "$root/$file" or die "$file: $!\n";
    local $/;
    return scalar <$in>;
}

# promtool, which says nothing of what is well on stderr.
sub promtool {
    my ($name, $words, $input) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $file = File::Temp->new;
    print {$file} $input // '';
    close $file;
    my $said = `cd $root/contrib/prometheus && $promtool $words <$file 2>&1`;
    my $status = $?;
    is($status, 0, $name) or diag($said);
    return $said;
}

my $t = Inv::Test->new;
$t->run(locations => <<'EOT');
        location /api/ { inventory_api; }
        location /metrics { inventory_metrics; }
EOT

# Something of each kind.
my $product = $t->create(stock => 2, sku => 'SCRAPED');
my $path = $t->path($product);
$t->get($_) for $path, '/api/products', '/api/products/sku/SCRAPED', '/api/no';
$t->post("$path/purchase", { quantity => 1 }) for 1 .. 3;
my $page;
ok( wait_until(
        sub {
            $page = $t->get('/metrics');
            return Inv::Metrics->new($page)->value(
                'inventory_http_requests_total', status => 409);
        }
    ),
    'a scrape'
);
is(promtool('promtool check metrics', 'check metrics', $page->body), '',
    'which has nothing to say');
like(promtool('promtool check config', 'check config prometheus.yml'),
    qr/SUCCESS/, 'the configuration');
like(promtool('promtool check rules', 'check rules alerts.yml'),
    qr/SUCCESS/, 'the rules');
like(promtool('promtool test rules', 'test rules alerts_test.yml'),
    qr/SUCCESS/, 'their tests');

# What the format has is what is said to be there: a metric that is renamed is
# found here.
my $metrics = Inv::Metrics->new($page);
my %known = map { $_ => 1 } $metrics->names;
my $rules = slurp('contrib/prometheus/alerts.yml');
my %recorded = map { $_ => 1 } $rules =~ /record: (\S+)/g;

# The names and labels of selectors; those of functions are others.
sub unknown {
    my ($text) = @_;
    my @wrong;
    while ($text =~ /\b(inventory_[a-z0-9_]+|job:[a-z0-9_:]+)(?:\{([^}]*)\})?/g)
    {
        my ($name, $labels) = ($1, $2 // '');
        next if $recorded{$name};
        push @wrong, $name if !$known{$name};
        my ($sample) = $metrics->samples($name);
        push @wrong, map {"$name: no label $_"}
            grep { $sample && !/^(?:job|instance)$/
                && !exists $sample->{labels}{$_} }
            $labels =~ /([a-z_]+)(?:=~|!~|!=|=)"/g;
    }
    return @wrong;
}

my @exprs = $rules =~ /expr: (?:\|\n((?:\s{10,}.*\n)+)|(.+)\n)/g;
@exprs = grep {defined} @exprs;
cmp_ok(scalar @exprs, '>=', 18, 'the expressions of the rules');
is(join("\n", map { unknown($_) } @exprs), '', 'name what there is');

# Each alert is tested, both ways, and told of where it says.
my $tests = slurp('contrib/prometheus/alerts_test.yml');
my $operating = slurp('docs/operating.md');
for my $alert ($rules =~ /alert: (\S+)/g) {
    like($tests, qr/alertname: \Q$alert\E\n/, "$alert is tested");
    like($tests, qr/alertname: \Q$alert\E, exp_alerts: \[\]/, 'also at rest');
    like($rules, qr{runbook: 'docs/operating\.md#\L$alert\E'}, 'has a runbook');
    ok($operating =~ /^#+ $alert$/m, "that is there: $alert");
}

# The dashboard.
my $dashboard = JSON::PP->new->utf8->decode(slurp('contrib/grafana/dashboard.json'));
my @targets = map { @{ $_->{targets} // [] } } @{ $dashboard->{panels} };
cmp_ok(scalar @targets, '>', 30, 'the dashboard asks for something');
is(join("\n", map { unknown($_->{expr}) } @targets), '',
    'and names what there is');
my %ids = map { $_->{id} => 1 } @{ $dashboard->{panels} };
is(scalar keys %ids, scalar @{ $dashboard->{panels} }, 'each panel is one');
is(join(' ', grep { ($_->{datasource}{uid} // '') ne '${datasource}' } @targets),
    '', 'of the data source that one chooses');
unlike(slurp('contrib/grafana/dashboard.json'), qr{https?://},
    'no other host is named');

# promtool parses an expression as a rule: Grafana's variables are set first.
my $asked = File::Temp->new(SUFFIX => '.yml');
my $n = 0;
print {$asked} "groups:\n  - name: dashboard\n    rules:\n";
for my $target (@targets) {
    my $expr = $target->{expr};
    $expr =~ s/\$__rate_interval/5m/g;
    $expr =~ s/\$(?:job|instance)/a/g;
    $n++;
    print {$asked} "      - record: dashboard:$n\n        expr: '$expr'\n";
}
close $asked;
like(promtool('the dashboard is PromQL', "check rules $asked"),
    qr/SUCCESS: $n rules/, "$n expressions");

# Every metric is looked at somewhere: what nobody looks at is not needed.
{
    my $all = join ' ', @exprs, map { $_->{expr} } @targets;
    my %type = $metrics->types;
    my @unseen = grep { $all !~ /\b$_(?:_bucket|_sum|_count)?\b/ } sort keys %type;
    is(join(' ', @unseen), 'inventory_start_time_seconds',
        'each metric is on the dashboard, but when it began');
}

$t->done;
