package Inv::Servers;

# The real servers: the common ones (of the environment, else the development
# instance of tools/servers), and private ones that a test may kill.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp ();
use POSIX ();

my $root = $ENV{TEST_ROOT} // dirname(dirname(dirname(dirname(
    abs_path(__FILE__)))));
my $owner = $$;
my %common;

sub mongo_uri {
    return $ENV{MONGO_URI} // $ENV{MONGO_URL} // _common()->{MONGO_URI};
}

sub redis_url { return $ENV{REDIS_URL} // _common()->{REDIS_URL} }

sub _common {
    if (!%common) {
        _tool('start');
        %common = _tool('env') =~ /^(\w+)=(.*)$/mg;
    }
    return \%common;
}

# Output of tools/servers; when it fails, dies with what it said.
sub _tool {
    my (@words) = @_;
    my $said = File::Temp->new;
    my $pid = open my $out, '-|';
    die "fork: $!\n" if !defined $pid;
    if (!$pid) {
        open STDERR, '>&', $said;
        exec "$root/tools/servers", @words or POSIX::_exit(127);
    }
    local $/;
    my $text = <$out> // '';
    return $text if close $out;
    seek $said, 0, 0;
    die "tools/servers @words: ", <$said>;
}

# The URI with another database; the one that credentials belong to stays.
sub with_database {
    my ($uri, $database) = @_;
    my ($scheme, $login, $hosts, $old, $options)
        = $uri =~ m{^(mongodb(?:\+srv)?://)([^/?]*@)?([^/?]+)
                     (?:/([^?]*))?(?:\?(.*))?$}x
        or die "not a MongoDB URI\n";
    $login   //= '';
    $options //= '';
    if (length $login && $options !~ /authSource=/i) {
        my $source = length($old // '') ? $old : 'admin';
        $options = join '&', grep {length} $options, "authSource=$source";
    }
    return "$scheme$login$hosts/$database"
        . (length $options ? "?$options" : '');
}

# A private server, `mongo` or `redis`, running.
sub private {
    my ($class, $component) = @_;
    my $self = bless {
        component => $component,
        name      => sprintf('test-%d-%06x', $$, int rand 1 << 24),
    }, $class;
    $self->start;
    my %env = $self->_run('env') =~ /^(\w+)=(.*)$/mg;
    $self->{uri} = $env{ $component eq 'mongo' ? 'MONGO_URI' : 'REDIS_URL' };
    return $self;
}

sub uri { my ($self) = @_; return $self->{uri} }

sub start  { my ($self) = @_; return $self->_run('start') }
sub stop   { my ($self) = @_; return $self->_run('stop') }
sub kill   { my ($self) = @_; return $self->_run('kill') }
sub pause  { my ($self) = @_; return $self->_run('pause') }
sub resume { my ($self) = @_; return $self->_run('resume') }

sub _run {
    my ($self, $command) = @_;
    delete local @ENV{qw(MONGO_URI MONGO_URL REDIS_URL)};
    return _tool($command, $command eq 'env' ? () : $self->{component},
        '--instance', $self->{name});
}

sub DESTROY {
    my ($self) = @_;
    return if $$ != $owner;
    local ($?, $!, $@);
    delete local @ENV{qw(MONGO_URI MONGO_URL REDIS_URL)};
    eval { _tool('destroy', '--instance', $self->{name}) };
    return;
}

1;
